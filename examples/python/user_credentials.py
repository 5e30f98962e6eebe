"""Google credentials of users, from TokenVault. Meant to be copied into a service."""

import hashlib
import os
import threading
from pathlib import Path

import grpc
from google.auth.credentials import Credentials
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RequestInfo, RetryInfo
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.http import build_http
from grpc_status import rpc_status

from tokenvault.v1.token_vault_pb2 import GetAccessTokenRequest
from tokenvault.v1.token_vault_pb2_grpc import TokenVaultStub

SERVICE_CONFIG = Path(__file__).with_name("proto") / "tokenvault/v1/service_config.json"
SETTINGS = (
    "TOKENVAULT_ADDRESS",
    "TOKENVAULT_CA_FILE",
    "TOKENVAULT_KEY_FILE",
    "TOKENVAULT_CERT_FILE",
)
DEADLINE_SECONDS = 10  # of a call with all its retries
# google-auth takes no token that ends within 3:45 min.
MIN_TTL = Duration(seconds=300)

# What the user has to mend, by connecting the Google account again.
USER_HAS_TO_CONNECT = {
    "USER_NOT_CONNECTED",
    "USER_RECONSENT_REQUIRED",
    "USER_REVOKED",
    "USER_REAUTH_REQUIRED",
    "SCOPE_NOT_GRANTED",
}


class TokenVaultError(Exception):
    """Why there is no token. Act on `reason`; it is empty where gRPC itself failed with `code`."""

    def __init__(self, error: grpc.RpcError):
        info = _detail(error, ErrorInfo)
        retry = _detail(error, RetryInfo)
        self.code = error.code()
        self.reason = info.reason
        self.metadata = dict(info.metadata)
        self.request_id = _detail(error, RequestInfo).request_id
        self.user_has_to_connect = self.reason in USER_HAS_TO_CONNECT
        self.may_pass = retry.HasField("retry_delay") or (
            not self.reason
            and self.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
        )
        # What the library found, such as a certificate that it does not trust.
        self.detail = "" if self.reason else error.details()
        super().__init__(self.reason or self.code.name)


class SettingsError(Exception):
    """A variable that is not set, or names a file that cannot be read."""


def open_channel() -> grpc.Channel:
    """One for the whole process. The certificate is read once: after a renewal open another."""
    missing = [name for name in SETTINGS if not os.environ.get(name)]
    if missing:
        raise SettingsError(f"not set: {', '.join(missing)}")
    address, *files = (os.environ[name] for name in SETTINGS)
    try:
        ca, key, cert = (Path(file).read_bytes() for file in files)
    except OSError as error:
        raise SettingsError(str(error)) from error
    return grpc.secure_channel(
        address,
        grpc.ssl_channel_credentials(ca, key, cert),
        options=[
            ("grpc.service_config", SERVICE_CONFIG.read_text()),
            ("grpc.service_config_disable_resolution", 1),
            ("grpc.keepalive_time_ms", 30_000),
            ("grpc.keepalive_timeout_ms", 5_000),
        ],
    )


class UserCredentials(Credentials):
    """Get their tokens from TokenVault: one object for a user and these scopes, for all threads."""

    def __init__(self, channel: grpc.Channel, user_id: str, scopes: list[str]):
        super().__init__()
        self._vault = TokenVaultStub(channel)
        self._user_id = user_id
        self._scopes = scopes
        self._this_thread = threading.local()

    def before_request(self, request, method, url, headers):
        super().before_request(request, method, url, headers)
        self._this_thread.sent = headers["authorization"].removeprefix("Bearer ")

    def refresh(self, request):
        """Gets a token. While there is a good one that is for one reason: Google answered 401."""
        wanted = GetAccessTokenRequest(
            user_id=self._user_id, scopes=self._scopes, min_ttl=MIN_TTL
        )
        if self.valid:
            sent = getattr(self._this_thread, "sent", None)
            if sent != self.token:
                return  # Another thread has replaced the one that Google refused.
            wanted.rejected_token_sha256 = hashlib.sha256(sent.encode()).digest()
        try:
            reply = self._vault.GetAccessToken(wanted, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            raise TokenVaultError(error) from error
        self.token, self.expiry = reply.access_token, reply.expire_time.ToDatetime()


def authorized_http(credentials: UserCredentials) -> AuthorizedHttp:
    """For one thread: after a 401 the token is replaced and the request sent again, once."""
    return AuthorizedHttp(credentials, http=build_http(), max_refresh_attempts=1)


def _detail(error: grpc.RpcError, kind):
    """The detail of this kind that the status carries, or an empty one."""
    found = kind()
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        detail.Unpack(found)
    return found
