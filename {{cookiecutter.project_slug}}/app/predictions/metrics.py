"""What is measured of predictions."""

from prometheus_client import Histogram

BATCH_SIZE = Histogram(
    "prediction_batch_size",
    "Rows that the model computed at once",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
QUEUE_WAIT = Histogram(
    "prediction_queue_wait_seconds", "From the arrival of a row to the start of its batch", buckets=SECONDS
)
INFERENCE_TIME = Histogram(
    "prediction_inference_seconds", "What one batch took, with the wait for its thread", buckets=SECONDS
)
