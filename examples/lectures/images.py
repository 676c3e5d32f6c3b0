"""The matrices of lecture 004, exactly as its slides print them (EPFL CS502, autumn 2023).

The one real image of the five lectures is a face of 16×12 pixels that stands on the slide "Images
Are Matrices" twice, with three pixels that differ. Later slides print its upper left 8×6 pixels,
again with two that differ. Each is kept as printed: a mistake is part of the input.
"""

from __future__ import annotations

import numpy as np

# "Images Are Matrices": the second printing, "Stored as matrix".
IMAGE_16X12 = np.array(
    [[157, 153, 174, 168, 150, 152, 129, 151, 172, 161, 155, 156],
     [155, 182, 163, 74, 75, 62, 33, 17, 110, 210, 180, 154],
     [180, 180, 50, 14, 34, 6, 10, 33, 48, 106, 159, 181],
     [206, 109, 5, 124, 131, 111, 120, 204, 166, 15, 56, 180],
     [194, 68, 137, 251, 237, 239, 239, 228, 227, 87, 71, 201],
     [172, 105, 207, 233, 233, 214, 220, 239, 228, 98, 74, 206],
     [188, 88, 179, 209, 185, 215, 211, 158, 139, 75, 20, 169],
     [189, 97, 165, 84, 10, 168, 134, 11, 31, 62, 22, 148],
     [199, 168, 191, 193, 158, 227, 178, 143, 182, 105, 36, 190],
     [205, 174, 155, 252, 236, 231, 149, 178, 228, 43, 95, 234],
     [190, 216, 116, 149, 236, 187, 85, 150, 79, 38, 218, 241],
     [190, 224, 147, 108, 227, 210, 127, 102, 36, 101, 255, 224],
     [190, 214, 173, 66, 103, 143, 95, 50, 2, 109, 249, 215],
     [187, 196, 235, 75, 1, 81, 47, 0, 6, 217, 255, 211],
     [183, 202, 237, 145, 0, 9, 12, 108, 200, 138, 243, 236],
     [195, 206, 123, 207, 177, 121, 123, 209, 175, 13, 96, 218]], dtype="float64",
)

# The first printing, "Pixel intensity", differs from the second in three pixels (row, column).
IMAGE_16X12_FIRST = IMAGE_16X12.copy()
IMAGE_16X12_FIRST[2, 4] = 84
IMAGE_16X12_FIRST[2, 9] = 105
IMAGE_16X12_FIRST[3, 4] = 191

# "Why Do We Need CNNs?" and the six slides "Convolution Operation": the upper left corner. In its
# last two rows the fifth column repeats the fourth, which is not what the image above has there.
IMAGE_8X6 = np.array(
    [[157, 153, 174, 168, 150, 152],
     [155, 182, 163, 74, 75, 62],
     [180, 180, 50, 14, 34, 6],
     [206, 109, 5, 124, 131, 111],
     [194, 68, 137, 251, 237, 239],
     [172, 105, 207, 233, 233, 214],
     [188, 88, 179, 209, 209, 215],
     [189, 97, 165, 84, 84, 168]], dtype="float64",
)

# "Zero Padding": the matrix as printed, which has two columns of zeros at its right.
PADDED_7X8 = np.array(
    [[0, 0, 0, 0, 0, 0, 0, 0],
     [0, 60, 113, 56, 139, 85, 0, 0],
     [0, 73, 121, 54, 84, 128, 0, 0],
     [0, 131, 99, 70, 129, 127, 0, 0],
     [0, 80, 57, 115, 69, 134, 0, 0],
     [0, 104, 126, 123, 95, 130, 0, 0],
     [0, 0, 0, 0, 0, 0, 0, 0]], dtype="float64",
)

# "Max Pooling: Example": three channels, (C, H, W).
POOLED = np.array(
    [[[9, 7, 3, 2], [26, 37, 14, 1], [15, 29, 16, 0], [8, 6, 54, 2]],
     [[35, 19, 25, 6], [13, 22, 16, 63], [4, 3, 7, 10], [9, 8, 1, 3]],
     [[4, 6, 1, 3], [0, 8, 12, 9], [2, 3, 16, 99], [1, 46, 74, 27]]], dtype="float64",
)
