"""Signs the body on stdin with the library of a provider, and prints the headers."""

import datetime
import json
import os
import sys
import time
import uuid

body, secret = sys.stdin.read(), os.environ["SECRET"]
if sys.argv[1] == "stripe":
    from stripe import WebhookSignature

    seconds = int(time.time())
    signature = WebhookSignature._compute_signature(f"{seconds}.{body}", secret)
    headers = {"stripe-signature": f"t={seconds},v1={signature}"}
    WebhookSignature.verify_header(body, headers["stripe-signature"], secret, tolerance=300)
else:
    from standardwebhooks.webhooks import Webhook

    identity, now = f"msg_{uuid.uuid4()}", datetime.datetime.now(datetime.UTC)
    headers = {
        "webhook-id": identity,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(identity, now, body),
    }
    Webhook(secret).verify(body, headers)
print(json.dumps(headers))
