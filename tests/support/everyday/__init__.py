"""What teams add to a FastAPI application, installed into the service and into a plain one, and compared."""
