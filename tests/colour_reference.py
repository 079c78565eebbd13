"""How far pictures are from what Little CMS makes of their photos, as CIEDE2000.

Reads pairs of paths, photo and PNG in sRGB, a line each, tab between them; prints the mean and the
largest difference of each. Pillow's ImageCms is Little CMS. Photos without a profile are taken as Adobe
RGB, by the profile of the photo that is the first argument.
"""

import io
import math
import sys

try:
    import numpy as np
    from PIL import Image, ImageCms
except ImportError as error:
    print(f"ABSENT: {error}")
    sys.exit(3)


def lab(rgb):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
    ratio = linear @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def difference(one, two):
    """CIEDE2000 (CIE 142-2001, in the form of Sharma, Wu and Dalal 2005)."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(two, -1, 0)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    dl, dc = l2 - l1, c2 - c1
    dh = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    # Opposite hues: the difference is 180 either way, and so is its sign without effect but in the mean.
    dh_big = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)
    l, c = (l1 + l2) / 2, (c1 + c2) / 2
    far = np.abs(h1 - h2) > 180
    h = np.where(grey, h1 + h2, np.where(far, np.where(h1 + h2 < 360, (h1 + h2 + 360) / 2, (h1 + h2 - 360) / 2), (h1 + h2) / 2))
    cos = lambda degrees: np.cos(np.radians(degrees))
    t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.20 * cos(4 * h - 63)
    sl = 1 + 0.015 * (l - 50) ** 2 / np.sqrt(20 + (l - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rt = -np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2)))) * 2 * np.sqrt(c**7 / (c**7 + 25.0**7))
    return np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh_big / sh) ** 2 + rt * (dc / sc) * (dh_big / sh))


# Pairs 1, 7, 13, 17, 25 and 34 of table 1 in Sharma, Wu and Dalal 2005.
for one, two, expected in [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045), ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644), ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]:
    found = float(difference(np.array(one, float), np.array(two, float)))
    assert math.isclose(found, expected, abs_tol=1e-4), (one, two, found, expected)

srgb = ImageCms.createProfile("sRGB")
adobe = Image.open(sys.argv[1]).info["icc_profile"]
for line in sys.stdin:
    photo, made = line.rstrip("\n").split("\t")
    with Image.open(photo) as image, Image.open(made) as result:
        icc = ImageCms.ImageCmsProfile(io.BytesIO(image.info.get("icc_profile") or adobe))
        expected = ImageCms.profileToProfile(image, icc, srgb, outputMode="RGB")
        result = result.convert("RGB")
        if expected.size != result.size:
            expected = expected.resize(result.size, Image.LANCZOS, reducing_gap=None)
        samples = lambda picture: lab(np.asarray(picture).astype(float) / 255)
        far = difference(samples(expected), samples(result))
        print(f"{far.mean():.3f} {far.max():.3f}")
