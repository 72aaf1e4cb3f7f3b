"""What the benchmark's records are made of: services, and the words of their messages."""


def _listed(text: str, mark: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(mark))


#: From the busiest to the quietest.
SERVICES = _listed(
    "edge-proxy checkout catalog search-api session cart-api payments pricing inventory auth "
    "recommendations image-resizer orders mailer shipping notifications user-profile reviews "
    "fraud-check webhooks billing exports feature-flags audit geo-lookup tax-rates coupons "
    "warehouse-sync report-builder cron-runner"
)

SUBJECTS = _listed(
    "connection to upstream|request from client|payment authorization|cache entry|cart of customer|"
    "database transaction|message in queue|background job|session token|stock reservation|"
    "price calculation|search over catalog|upload of picture|delivery estimate|webhook delivery|"
    "lookup of address|rate limit bucket|certificate of peer|replica of table|feature flag",
    "|",
)

EVENTS = _listed(
    "completed|was accepted|took longer than expected|was retried|has expired|was refreshed|"
    "could not be found|was refused by the other side|is waiting for a lock|was rolled back|"
    "finished without changes|returned a partial answer|was handed over|was throttled|"
    "has been written|was skipped because nothing changed|timed out|started",
    "|",
)

TAILS = _listed(
    "after the second attempt|while the pool was being resized|for a tenant on the trial plan|"
    "within the same request|as part of the nightly batch|because the configuration was reloaded|"
    "in the region closest to the customer|after the leader had moved|without any warning before|"
    "with the fallback answer from the cache|on behalf of a scheduled task|before the deadline|"
    "since the circuit breaker was half open|behind the old load balancer|during the deployment",
    "|",
)

HOST_PARTS = _listed("ash birch cedar elm fir hazel larch maple oak pine rowan willow")
METHODS = _listed("GET GET GET GET POST POST PUT DELETE PATCH")
ROUTES = _listed(
    "/v1/orders /v1/orders/items /v1/cart /v1/search /v2/search/suggest /v1/session "
    "/v1/payments/capture /v1/products /v1/products/reviews /internal/health /v1/coupons/apply"
)
REGIONS = _listed("eu-west-1 eu-central-1 us-east-1 us-west-2 ap-south-1")
CURRENCIES = _listed("EUR USD GBP SEK PLN")
