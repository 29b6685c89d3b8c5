"""What several pages draw with Streamlit: address, clicks and messages, filters, the title box, lists of films."""
