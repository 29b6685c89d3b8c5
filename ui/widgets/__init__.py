"""What several pages draw with Streamlit: filters, title box, recommendations, messages, clicks, the address."""
