// What steps 3 and 4 have in common: all images padded beforehand, filters in the order of use.
//
//     pixels    (N, C, plane)         the padded planes as they come, one after the other. (Rows
//                                     of a strided convolution are dealt out as in
//                                     convolution/band.h: it is a band of all rows.)
//     filters   (panels, K, width)    K = (a, c, b), as in convolution/filters.h
//     at        (K)                   where k's pixel for output (0, 0) lies in the image
//
// With zeros where the padding is, every output is the same sum over k,
//
//     y[n, o, i, j] = sum of filters[k][o] · pixels[n][at[k] + i·row_step + j]
//
// and it has been turned round: the output stays and the whole sum runs by. So y can stay in a
// register.
#pragma once

#include "../convolution/band.h"
#include "../convolution/filters.h"
#include "naive.h"

namespace minicnn {
namespace {
namespace ladder {

template <class T>
class Padded {
  public:
    // False for images so large that a place in one is no int32.
    static bool fits(const Geometry& geometry) {
        double numbers = static_cast<double>(geometry.channels);
        for (const Axis& axis : geometry.axis) {
            numbers *= static_cast<double>(axis.output) * axis.stride + axis.kernel;
        }
        return numbers < 1e9;
    }

    const Sizes sizes;
    const int64_t K, width, panels;
    int64_t row_step;  // from output row to output row

    Padded(const Geometry& geometry, const T* x, const T* w, int64_t width)
        : sizes(geometry), K(geometry.channels * geometry.taps()), width(width),
          panels((sizes.O + width - 1) / width),
          correlation_{{geometry.axis[0]}, {geometry.axis[1]}, {geometry.axis[2]}},
          band_(whole_image(correlation_)),
          pixels_(sizes.N * sizes.C * band_.plane + band_slack<T>),
          filters_(panels * K * width), at_(K) {
        row_step = geometry.axis[1].stride * band_.row();
        for (int64_t n = 0; n < sizes.N; ++n) {
            copy_band(band_, correlation_, x + n * sizes.C * sizes.H * sizes.W, sizes.C, 0, 0,
                      sizes.P, pixels_ + n * sizes.C * band_.plane);
        }
        clear(pixels_ + sizes.N * sizes.C * band_.plane, band_slack<T>);
        const Roles roles(geometry, false);
        for (int64_t panel = 0; panel < panels; ++panel) {
            pack_panel(w, roles, geometry.axis, correlation_[0].phase(0), correlation_[1].phase(0),
                       correlation_[2].phase(0), TapOrder{false}, panel * width, width,
                       filters_ + panel * K * width);
        }
        int32_t* at = at_;
        for (int64_t a = 0; a < sizes.A; ++a) {
            for (int64_t c = 0; c < sizes.C; ++c) {
                for (int64_t b = 0; b < sizes.B; ++b) {
                    *at++ = static_cast<int32_t>(c * band_.plane + band_.at(0, a, b));
                }
            }
        }
    }

    const T* pixels(int64_t n, int64_t i) const {
        return pixels_ + n * sizes.C * band_.plane + i * row_step;
    }
    const T* filters(int64_t panel) const { return filters_ + panel * K * width; }
    const int32_t* at() const { return at_; }

  private:
    static Band whole_image(const Correlation* correlation) {
        Band band(correlation, correlation[1].result());
        band.plane = band.rows * band.runs * band.pitch;  // no places left free between planes
        return band;
    }

    Correlation correlation_[3];
    Band band_;
    Scratch<T> pixels_, filters_;
    Scratch<int32_t> at_;
};

}  // namespace ladder
}  // namespace
}  // namespace minicnn
