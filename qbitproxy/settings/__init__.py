"""Everything a person can set: one file, overridden by the environment, checked as a whole."""

from qbitproxy.settings.example import example_toml
from qbitproxy.settings.load import Loaded, check, config_path, load, load_or_create, state_directory
from qbitproxy.settings.peers import ArrKind, ArrSettings, PathMapping, ProviderSettings
from qbitproxy.settings.problems import Problem, SettingsError
from qbitproxy.settings.reference import reference_markdown
from qbitproxy.settings.saving import save
from qbitproxy.settings.schema import Settings
from qbitproxy.settings.secret import Secret, dec_hook, enc_hook
from qbitproxy.settings.sections import (
    ExtensionSettings,
    FetchingSettings,
    FilesSettings,
    JournalSettings,
    LearningSettings,
    LogLevel,
    LogSettings,
    NetworkSettings,
    ProfileName,
    QbittorrentSettings,
    ServerSettings,
    StripTrackers,
    WebhookSettings,
)

__all__ = [
    "ArrKind",
    "ArrSettings",
    "ExtensionSettings",
    "FetchingSettings",
    "FilesSettings",
    "JournalSettings",
    "LearningSettings",
    "Loaded",
    "LogLevel",
    "LogSettings",
    "NetworkSettings",
    "PathMapping",
    "Problem",
    "ProfileName",
    "ProviderSettings",
    "QbittorrentSettings",
    "Secret",
    "ServerSettings",
    "Settings",
    "SettingsError",
    "StripTrackers",
    "WebhookSettings",
    "check",
    "config_path",
    "dec_hook",
    "enc_hook",
    "example_toml",
    "load",
    "load_or_create",
    "reference_markdown",
    "save",
    "state_directory",
]
