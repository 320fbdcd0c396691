"""Unofficial client for the BTC Direct API's liveness check of a buy order."""

from pkgutil import extend_path

# In a checkout the generated half lies in another source root; in a wheel and a vendored copy it lies beside this file.
__path__ = extend_path(__path__, __name__)

__version__ = "0.1.0"
