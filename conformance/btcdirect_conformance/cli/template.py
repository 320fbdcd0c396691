"""The profile that ``init`` writes."""

PROFILE = """\
# Where the target is and what the suite may use there. ${NAME} takes an environment variable, so that this file can be
# committed. Leave out what you don't have: cases that need it are skipped, and the report says which.
#
#   btcdirect-conformance run --target THIS_FILE

# Certificates are verified; a CA of your own goes into the environment as SSL_CERT_FILE.
base_url = "https://api-sandbox.btcdirect.eu"

[credentials]
# The partner's own authorization: an API key, a client token, or both (more is tested with both).
api_key = "${BTCDIRECT_API_KEY}"
# client_token = "${BTCDIRECT_CLIENT_TOKEN}"

# A client token of yours that is more than an hour old. Provokes ER801.
# expired_client_token = "${BTCDIRECT_EXPIRED_CLIENT_TOKEN}"

# A user's token, and that of a second user, the owner of orders.foreign.
user_token = "${BTCDIRECT_USER_TOKEN}"
# other_user_token = "${BTCDIRECT_OTHER_USER_TOKEN}"

[orders]
owned = "480213"        # belongs to user_token; gets a success
# foreign = "480377"    # exists, and belongs to somebody else. Provokes ER150.
unknown = "99120045"    # a number that no order has. Provokes ER035.

[limits]                # all optional
requests_per_second = 5
max_requests = 1000
timeout_seconds = 10    # for a whole exchange
secrets_in_urls = false # whether valid credentials are tried in the query, too, where logs see them. Unless it is said
                        # here, they are where base_url is on this machine; a tunnel's far end has logs as well.

# A deviation that is known and not mended yet does not fail the run until its day is over. One that no longer happens
# fails it, so that this list stays true. "btcdirect-conformance cases" lists the ids.
#
# [[expected_deviations]]
# case = "order.foreign"
# reason = "answers ER035 instead of ER150; the vendor's ticket 1234"
# expires = 2030-12-31
"""
