"""What every request passes on its way in and out, as plain ASGI: each class wraps the app it is given.

Starlette's `BaseHTTPMiddleware` would cost a task and two queues a request. `api.app` puts them in order.
"""
