"""Where the page is served: what is listened on, who can reach it, and how that is written."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
from dataclasses import dataclass

from nnfs_core.errors import UserError

PRIVILEGED = 1024
"""Ports below this belong to the administrator on most systems."""

BEYOND = {4: "192.0.2.1", 6: "2001:db8::1"}
"""Addresses outside, kept for documentation: nothing is sent there."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen, found out once and known to be free.

    Attributes
    ----------
    host : str
        A name or an address without brackets, as it was asked for.
    port : int
        Never 0.
    numbers : tuple of str
        The addresses the host stands for.
    """

    host: str
    port: int
    numbers: tuple[str, ...]

    @property
    def is_local(self) -> bool:
        """Whether programs on this computer alone can reach it."""
        return all(ipaddress.ip_address(number).is_loopback for number in self.numbers)

    @property
    def bracketed(self) -> str:
        """The host as it is written in a URL."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def number(self) -> str:
        """The IPv4 address that Gradio can look for a free port on."""
        return next((number for number in self.numbers if ":" not in number), "127.0.0.1")

    def url(self, token: str | None = None) -> str:
        """Return what is opened in a browser, also from another computer when that works."""
        host = self.bracketed
        first = ipaddress.ip_address(self.numbers[0])
        if first.is_unspecified:  # everywhere: no address that anybody can open
            host = _seen_from_outside(first.version)
            host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}/" + (f"?token={token}" if token else "")


def usable_address(host: str, port: int) -> Address:
    """Look a host up and make sure that this computer lets us listen there.

    Parameters
    ----------
    host : str
        A name or an address; one of IPv6 with or without brackets.
    port : int
        0 for any that is free.

    Raises
    ------
    UserError
        When there is no such host, it is another computer's, or the port is taken.
    """
    name = host.strip()
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    where = f"--host {host}" if name else "--host"
    if not name:
        raise UserError("not a usable value", where=where, expected="a name or an address")
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, OverflowError, UnicodeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is none"
        raise UserError(
            f"there is no such name or address: {reason}",
            where=where,
            expected="one of this computer's own, as in 127.0.0.1 or ::1",
        ) from None
    numbers = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
    for family, kind, protocol, _, address in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                if os.name != "nt":
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6 and hasattr(socket, "IPV6_V6ONLY"):
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((address[0], port, *address[2:]))
                port = port or int(probe.getsockname()[1])
        except OSError as error:
            raise refused(name, port, error) from None
    return Address(name, port, numbers)


def refused(host: str, port: int, error: OSError) -> UserError:
    """Return the error for an address that the system does not let us listen on."""
    ways_out = {
        errno.EADDRINUSE: "; --port 0 takes any that is free",
        errno.EADDRNOTAVAIL: "; it is not one of this computer's own",
        errno.EACCES: f"; ports below {PRIVILEGED} are the administrator's, --port 7860 is not"
        if port < PRIVILEGED
        else "",
    }
    way_out = ways_out.get(error.errno or 0, "")
    return UserError(f"cannot listen on {host}, port {port}: {error.strerror or error}{way_out}")


def _seen_from_outside(version: int) -> str:
    """Return the address other computers know this one by, or its name."""
    family = socket.AF_INET if version == 4 else socket.AF_INET6
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        # Nothing is sent: only the way out is chosen, and with it the address on this side.
        probe.connect((BEYOND[version], 9))
        return str(probe.getsockname()[0])
    return socket.gethostname()
