"""What operators ask for: health, readiness, generations, logs."""
