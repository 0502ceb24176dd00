"""Who may come in: the account with its password, its sessions, the tokens."""

from qbitproxy.accounts.account import FIRST_USERNAME, Accounts, OpenSession, Rules
from qbitproxy.accounts.attempts import Banned
from qbitproxy.accounts.passwords import Cost
from qbitproxy.accounts.setup_code import SetupCode
from qbitproxy.accounts.tokens import KEY_PREFIX, TokenExists, Tokens
from qbitproxy.store.accounts import TokenKind

__all__ = [
    "FIRST_USERNAME",
    "KEY_PREFIX",
    "Accounts",
    "Banned",
    "Cost",
    "OpenSession",
    "Rules",
    "SetupCode",
    "TokenExists",
    "TokenKind",
    "Tokens",
]
