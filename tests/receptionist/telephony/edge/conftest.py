"""Tests with a running edge need Kamailio and rtpengine: `make test-telephony` installs them."""

import os

collect_ignore = [] if os.environ.get("RECEPTIONIST_TEST_TELEPHONY") else ["live"]
