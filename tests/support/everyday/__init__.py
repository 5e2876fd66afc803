"""What teams add to a FastAPI application, installed into the service and into a plain one, and compared."""

# All parts that a plain application may be compared with: it guards nothing.
ANSWERS = {"domains": "users, orders", "model_serving": "onnx", "telemetry": "full", "auth": "none"}
