"""What programs that are no package of a registry say to a qBittorrent."""

from compat.clients.conversation import Conversation
from compat.clients.talks.adders import AUTOBRR, CROSS_SEED, KAPOWARR, MEDUSA, SPORTARR
from compat.clients.talks.keepers import CLEANUPARR, DECLUTTARR, QBITRR
from compat.clients.talks.screens import FLOOD, HOME_ASSISTANT, HOMEPAGE, VUETORRENT

TALKS: dict[str, Conversation] = {
    talk.program: talk
    for talk in (
        AUTOBRR,
        CLEANUPARR,
        CROSS_SEED,
        DECLUTTARR,
        FLOOD,
        HOME_ASSISTANT,
        HOMEPAGE,
        KAPOWARR,
        MEDUSA,
        QBITRR,
        SPORTARR,
        VUETORRENT,
    )
}
