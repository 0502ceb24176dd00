"""The part of the disk that is ours: content made to appear, resumed, let go of."""

from qbitproxy.files.disk import Disk, download_rules
from qbitproxy.files.problems import DiskProblem, NotYet

__all__ = ["Disk", "DiskProblem", "NotYet", "download_rules"]
