"""Headers of answers: what every one carries, what pages carry, and what an answer to somebody signed in carries."""

from ledger.settings import Settings

EVERY = {"X-Content-Type-Options": "nosniff"}
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_NOT_USED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope",
    "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "publickey-credentials-get",
    "screen-wake-lock", "usb", "xr-spatial-tracking",
)  # fmt: skip
_PAGE = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _NOT_USED),
}
_TWO_YEARS = 63_072_000
SIGNED_OUT = {"Clear-Site-Data": '"cache", "storage"'}


def of_answer(settings: Settings, page: bool, signed_in: bool) -> dict[str, str]:
    """The headers to set on an answer."""
    found = EVERY | (_PAGE if page else {})
    if settings.portal_public:
        found |= {"Strict-Transport-Security": f"max-age={_TWO_YEARS}; includeSubDomains"}
    if signed_in:
        found |= {"Cache-Control": "no-store"}
    return found
