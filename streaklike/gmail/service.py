"""Build Google's API client from its packaged discovery document for a given endpoint."""

import functools
import json
from typing import Any, Final

from googleapiclient import discovery_cache
from googleapiclient.discovery import build_from_document

GOOGLE_ENDPOINT: Final = "https://gmail.googleapis.com"


def build_service(endpoint: str, http: Any) -> Any:
    """Build the Gmail service at `endpoint` (scheme, host, port), including batches, using `http`.

    The document is rewritten instead of passing `api_endpoint`, because that would still send batches, with
    their tokens, to Google.
    """
    return build_from_document(_document(endpoint.rstrip("/") + "/"), http=http)


@functools.lru_cache(maxsize=8)
def _document(root: str) -> str:
    packaged = discovery_cache.get_static_doc("gmail", "v1")
    if packaged is None:
        raise RuntimeError("google-api-python-client was installed without its discovery documents.")
    document = json.loads(packaged)
    document["rootUrl"] = document["baseUrl"] = root
    document.pop("mtlsRootUrl", None)
    return json.dumps(document)
