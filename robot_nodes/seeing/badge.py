"""Badges that visitors wear: AprilTags and QR codes, read off a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from robot_nodes.seeing.lens import Picture

BADGE_TAGS = cv2.aruco.DICT_APRILTAG_36h10
"""Another family than the boards' on the walls: no badge is ever read as a place."""
MOST_TEXT = 256


@dataclass(frozen=True, slots=True)
class Badge:
    """Who it names (`tag:17`, or `qr:` and the text), and its middle's column and row in the picture."""

    identity: str
    column: float
    row: float


class BadgeReader:
    """Reads every badge in a picture."""

    def __init__(self, qr: bool = True) -> None:
        """:param qr: QR codes too; they cost more than tags, and are read at about half the distance."""
        self._tags = cv2.aruco.ArucoDetector(
            cv2.aruco.getPredefinedDictionary(BADGE_TAGS), cv2.aruco.DetectorParameters()
        )
        self._codes = cv2.QRCodeDetector() if qr else None

    def read(self, picture: Picture) -> list[Badge]:
        """The badges, tags first."""
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        corners, numbers, _ = self._tags.detectMarkers(grey)
        found = [] if numbers is None else [
            Badge(f"tag:{int(number)}", *(float(v) for v in np.asarray(square).reshape(4, 2).mean(axis=0)))
            for number, square in zip(np.ravel(numbers), corners, strict=True)
        ]  # fmt: skip
        return found + self._qr(grey)

    def _qr(self, grey: Picture) -> list[Badge]:
        if self._codes is None:
            return []
        try:
            _, texts, squares, _ = self._codes.detectAndDecodeMulti(grey)
        except cv2.error:  # some pictures without any code make OpenCV's decoder stumble over its own geometry
            return []
        if squares is None:
            return []
        return [
            Badge(f"qr:{text[:MOST_TEXT]}", *(float(v) for v in np.asarray(square).reshape(4, 2).mean(axis=0)))
            for text, square in zip(texts, squares, strict=True)
            if text
        ]
