"""OBJ models of Sweet Home 3D's furniture libraries (.sh3f: zip files with a catalogue)."""

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

SEE_THROUGH = 0.45
"""Materials with less opacity than this are glass, which is left out."""

LARGEST_TEXTURE_PX = 512


@dataclass
class Material:
    colour: np.ndarray = field(default_factory=lambda: np.full(3, 0.8, np.float32))
    shine: float = 0.0
    opacity: float = 1.0
    texture: np.ndarray | None = None
    """sRGB and alpha in 0..1, [h, w, 4]."""


@dataclass
class Mesh:
    """Triangles: corners and normals [n, 3, 3], texture coordinates [n, 3, 2], materials [n] into `materials`."""

    corners: np.ndarray
    normals: np.ndarray
    uv: np.ndarray
    material: np.ndarray
    materials: list[Material]


class Furniture:
    """One library: which models it has and how each is turned upright."""

    def __init__(self, path: Path):
        self.zip = zipfile.ZipFile(path)
        self.names = {name.lower(): name for name in self.zip.namelist()}
        catalogue = self.zip.read("PluginFurnitureCatalog.properties").decode("latin1")
        fields: dict[str, dict[str, str]] = {}
        for key, number, value in re.findall(r"^(\w+)#(\d+)=(.*)$", catalogue, re.M):
            fields.setdefault(number, {})[key] = value.strip()
        self.entries = {posixpath.basename(posixpath.dirname(one["model"])): one for one in fields.values()}

    def read(self, name: str) -> bytes:
        return self.zip.read(self.names[posixpath.normpath(name).lower()])

    def mesh(self, model: str) -> Mesh:
        entry = self.entries[model]
        mesh = read_obj(self, entry["model"].lstrip("/"))
        turn = np.array(entry.get("modelRotation", "1 0 0 0 1 0 0 0 1").split(), np.float32).reshape(3, 3)
        mesh.corners, mesh.normals = mesh.corners @ turn.T, mesh.normals @ turn.T
        return mesh


def _read_materials(furniture: Furniture, name: str) -> dict[str, Material]:
    materials: dict[str, Material] = {}
    for line in furniture.read(name).decode("latin1").splitlines():
        key, _, value = line.strip().partition(" ")
        if key == "newmtl":
            current = materials[value.strip()] = Material()
        elif key == "Kd":
            current.colour = np.array(value.split()[:3], np.float32)
        elif key == "Ks":
            current.shine = float(np.mean(np.array(value.split()[:3], np.float32)))
        elif key == "d":
            current.opacity = float(value.split()[-1])
        elif key == "map_Kd":
            # A few materials name a file on their author's disk.
            file = posixpath.basename(value.strip().replace("\\", "/"))
            current.texture = _read_texture(furniture, posixpath.join(posixpath.dirname(name), file))
    return materials


def _read_texture(furniture: Furniture, name: str) -> np.ndarray | None:
    if name.lower() not in furniture.names:
        return None
    picture = Image.open(BytesIO(furniture.read(name))).convert("RGBA")
    picture.thumbnail((LARGEST_TEXTURE_PX, LARGEST_TEXTURE_PX))
    return np.asarray(picture, np.float32) / 255


def read_obj(furniture: Furniture, name: str) -> Mesh:
    points: dict[str, list] = {"v": [], "vt": [], "vn": []}
    materials, number_of, current = [Material()], {"": 0}, 0
    corners: list[tuple[int, int, int]] = []
    material: list[int] = []
    for line in furniture.read(name).decode("latin1").replace("\\\n", " ").splitlines():
        key, *values = line.split() or [""]
        if key in points:
            points[key].append([float(value) for value in values[:3]])
        elif key == "f":
            polygon = [_indices(corner, points) for corner in values]
            for second, third in zip(polygon[1:-1], polygon[2:], strict=True):
                corners += [polygon[0], second, third]
                material.append(current)
        elif key == "usemtl":
            current = number_of.get(" ".join(values), 0)
        elif key == "mtllib":
            path = posixpath.join(posixpath.dirname(name), " ".join(values))
            for title, one in _read_materials(furniture, path).items():
                number_of[title] = len(materials)
                materials.append(one)
    return _assembled(points, np.array(corners), np.array(material), materials)


def _indices(corner: str, points: dict[str, list]) -> tuple[int, int, int]:
    """Zero-based places of point, texture point and normal; -1 where there is none."""
    parts = [int(part) if part else 0 for part in corner.split("/")] + [0, 0]
    numbers = [len(points[key]) + part if part < 0 else part - 1 for key, part in zip(("v", "vt", "vn"), parts, strict=False)]
    return tuple(numbers)


def _assembled(points, corners, material, materials) -> Mesh:
    position = np.array(points["v"], np.float32)[corners[:, 0]].reshape(-1, 3, 3)
    uv = np.zeros((len(corners), 2), np.float32)
    if points["vt"]:
        uv = np.array([point[:2] for point in points["vt"]], np.float32)[corners[:, 1]] * (corners[:, 1:2] >= 0)
    flat = np.cross(position[:, 1] - position[:, 0], position[:, 2] - position[:, 0])
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    normals = np.repeat(flat, 3, 0)
    if points["vn"]:
        given = np.array(points["vn"], np.float32)[corners[:, 2]]
        normals = np.where((corners[:, 2:] >= 0) & (np.abs(given).sum(1, keepdims=True) > 0), given, normals)
    mesh = Mesh(position, normals.reshape(-1, 3, 3), uv.reshape(-1, 3, 2), material, materials)
    seen = np.array([one.opacity >= SEE_THROUGH for one in materials])[material]
    if seen.any():
        for part in ("corners", "normals", "uv", "material"):
            setattr(mesh, part, getattr(mesh, part)[seen])
    return mesh
