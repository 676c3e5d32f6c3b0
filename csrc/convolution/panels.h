// The results of one panel of output channels in some rows of the result, from filters packed for it.
//
// That is what every order of the loops in correlate.h comes down to:
//
//     for each row of the result, each phase of its columns     phases.h
//         for each tile along the row: sum over K in registers  tile.h
//
// The tiles are in result_tile.h, the choice between their kinds in shape.h.
#pragma once

#include "band.h"
#include "filters.h"
#include "finish.h"
#include "result_tile.h"
#include "sampled.h"

namespace minicnn {
namespace {

template <class T>
class Panels {
  public:
    Panels(const Geometry& geometry, bool backward)
        : given_(geometry),
          samples_(!backward && samples_pixels(geometry)),
          geometry_(merged(samples_ ? sampled(geometry) : geometry)),
          correlation_{{geometry_.axis[0], backward},
                       {geometry_.axis[1], backward},
                       {geometry_.axis[2], backward}},
          roles_(geometry, backward),
          grid_(correlation_),
          shape_(sums()) {
        panels_ = (roles_.out + shape_.width - 1) / shape_.width;
    }

    // How the filters are packed, for ../prepared.h, as a number of its own.
    int64_t packing() const { return 2 * shape_.width + (order().taps_first ? 1 : 0); }
    int64_t packed_size() const { return roles_.groups * panels_ * Layout(*this).size(); }

    // All filters: (groups, panels, phases, K, width).
    void pack_all(const T* w, T* packed) const {
        const Layout layout(*this);
        parallel_for(roles_.groups * panels_, 2.0 * layout.size(), [&](int64_t item) {
            pack(w, item / panels_, item % panels_, layout, packed + item * layout.size());
        });
    }

  protected:
    Geometry given_;
    bool samples_;       // see sampled.h
    Geometry geometry_;
    Correlation correlation_[3];
    Roles roles_;
    PhaseGrid grid_;
    Shape<T> shape_;
    int64_t panels_;

    TapOrder order() const { return {shape_.lanes_are == Lanes::images}; }

    Sums sums() const {
        Sums sums{geometry_.batch, roles_.in, roles_.out, columns(),
                  roles_.in * geometry_.taps() / grid_.count(), false, 1.0};
        // Bundles of images are for short rows, whose results lie side by side; for channels enough
        // to make use of each vector that is read; and for bands that fit into the cache although
        // they hold many images.
        constexpr int64_t short_row = 64, enough = 3;
        if (geometry_.batch == 1 || correlation_[2].phases() > 1 || columns() > short_row ||
            roles_.out < enough) {
            return sums;
        }
        const Band band(correlation_, 1, lanes<T>);
        const double bytes = static_cast<double>(band.plane * roles_.in) * sizeof(T);
        sums.bundles = bytes <= static_cast<double>(band_bytes);
        const Phase phase = correlation_[2].phase(0);
        constexpr int64_t side_by_side = 3;  // columns of a tile, mostly
        int64_t met = 0;
        for (int64_t t = 0; t < phase.count; t += side_by_side) {
            const int64_t now = std::min(side_by_side, phase.count - t);
            met += now * taps_met(2, phase, t, now).count();
        }
        if (met == 0) return sums;
        sums.met = static_cast<double>(met) / static_cast<double>(phase.count * phase.taps);
        return sums;
    }

    // Results of the largest phase, along the columns and another axis.
    int64_t rows_of_phase(int axis) const {
        const Correlation& c = correlation_[axis];
        return (c.result() + c.phases() - 1) / c.phases();
    }
    int64_t columns() const { return rows_of_phase(2); }
    int64_t source_plane() const {
        return correlation_[0].source() * correlation_[1].source() * correlation_[2].source();
    }
    int64_t result_plane() const {
        return correlation_[0].result() * correlation_[1].result() * correlation_[2].result();
    }

    template <class Body>
    void for_each_phase(const Body& body) const {
        for (int64_t r0 = 0; r0 < grid_.counts[0]; ++r0) {
            for (int64_t r1 = 0; r1 < grid_.counts[1]; ++r1) {
                for (int64_t r2 = 0; r2 < grid_.counts[2]; ++r2) {
                    body(grid_.number(r0, r1, r2), correlation_[0].phase(r0),
                         correlation_[1].phase(r1), correlation_[2].phase(r2));
                }
            }
        }
    }

    // Where each phase's filters (of one panel) begin, and its offsets, which lead from a result to
    // the pixels that it meets in a band.
    struct Layout {
        int64_t phases;
        Scratch<int64_t> filter_at, offset_at;

        explicit Layout(const Panels& panels)
            : phases(panels.grid_.count()), filter_at(phases + 1), offset_at(phases + 1) {
            int64_t K = 0;
            panels.for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1,
                                      const Phase& p2) {
                offset_at[number] = K;
                filter_at[number] = K * panels.shape_.width;
                K += panels.roles_.in * p0.taps * p1.taps * p2.taps;
            });
            offset_at[phases] = K;
            filter_at[phases] = K * panels.shape_.width;
        }
        int64_t size() const { return filter_at[phases]; }      // numbers in a panel's filters
        int64_t offsets() const { return offset_at[phases]; }
    };

    // The filters of one panel, for every phase: (phases, K, width).
    void pack(const T* w, int64_t group, int64_t panel, const Layout& layout, T* packed) const {
        for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1, const Phase& p2) {
            pack_panel(w + group * roles_.group_step, roles_, geometry_.axis, p0, p1, p2,
                       order(), panel * shape_.width, shape_.width,
                       packed + layout.filter_at[number]);
        });
    }

    void find_offsets(const Band& band, const Layout& layout, int32_t* offsets) const {
        for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1, const Phase& p2) {
            int32_t* to = offsets + layout.offset_at[number];
            for (int64_t m0 = 0; m0 < p0.taps; ++m0) {
                for (int64_t m1 = 0; m1 < p1.taps; ++m1) {
                    order().for_each(roles_.in, p2.taps, [&](int64_t c, int64_t m2) {
                        const int64_t place =
                            band.at(p0.offset + m0 * p0.offset_step - band.offsets[0].begin,
                                    p1.offset + m1 * p1.offset_step - band.offsets[1].begin,
                                    p2.offset + m2 * p2.offset_step - band.offsets[2].begin);
                        *to++ = static_cast<int32_t>(c * band.plane + place);
                    });
                }
            }
        });
    }

    void pad_bias(const T* bias, T* padded) const {
        for (int64_t group = 0; group < roles_.groups; ++group) {
            for (int64_t o = 0; o < panels_ * shape_.width; ++o) {
                *padded++ = bias != nullptr && o < roles_.out ? bias[group * roles_.out + o] : T(0);
            }
        }
    }

    // Rows t1 .. t1 + count − 1, in every phase, of the results at depth t0.
    struct Rows {
        int64_t t0, t1, count;
    };

    // The results of one panel in one band, of one image or of as many of a bundle as exist. `bias`
    // of the panel, `result` its first plane; `ahead` is fetched meanwhile.
    void compute(const Band& band, const T* pixels, const T* filters, const Layout& layout,
                 const int32_t* offsets, const T* bias, int64_t panel, const Rows& rows,
                 Ahead<T>& ahead, int64_t images, T* result) const {
        const int64_t P = correlation_[1].result(), Q = correlation_[2].result();
        const int64_t channels = std::min(shape_.width, roles_.out - panel * shape_.width);
        const int64_t row_step = correlation_[1].source_step() * band.row();
        const int64_t step = correlation_[2].phases();
        const bool bundled = shape_.lanes_are == Lanes::images;
        // Where results of a row are not neighbours in the result, because they are a phase's or of
        // several images, a row of them is put together first:
        //     (phases, channels, columns) or (channels, columns, images)
        const bool apart = step > 1 || bundled;
        const int64_t line = columns() * band.images;
        Scratch<T> row(apart ? step * shape_.width * line + band.images * lanes<T> : 1);
        for (int64_t r0 = 0; r0 < grid_.counts[0]; ++r0) {
            const Phase p0 = correlation_[0].phase(r0);
            if (rows.t0 >= p0.count) continue;
            for (int64_t r1 = 0; r1 < grid_.counts[1]; ++r1) {
                const Phase p1 = correlation_[1].phase(r1);
                const int64_t end = std::min(rows.t1 + rows.count, p1.count);
                for (int64_t t = rows.t1; t < end; ++t) {
                    const T* in = pixels + (t - rows.t1) * row_step;
                    T* out = result +
                             ((p0.first + p0.step * rows.t0) * P + p1.first + p1.step * t) * Q;
                    for (int64_t r2 = 0; r2 < step; ++r2) {
                        const Phase p2 = correlation_[2].phase(r2);
                        const int64_t number = grid_.number(r0, r1, r2);
                        // Of K the part whose row of taps meets a row of the source.
                        const Range met =
                            p0.taps == 1 ? taps_met(1, p1, t, 1) : Range{0, p0.taps * p1.taps};
                        const int64_t k = met.begin * roles_.in * p2.taps;
                        const T* phase_filters =
                            filters + layout.filter_at[number] + k * shape_.width;
                        const Target<T> target =
                            apart ? Target<T>{row + r2 * shape_.width * line, line, channels}
                                  : Target<T>{out, result_plane(), channels};
                        compute_row(in, offsets + layout.offset_at[number] + k, phase_filters,
                                    met.count(), p2, bias, target, ahead);
                    }
                    if (bundled) {
                        unbundle(row, channels, images, out);
                    } else if (apart) {
                        spread(row, step, channels, out);
                    }
                }
            }
        }
    }

    // These rows of `channels` result planes from the first on. Forward, so that there is one
    // phase and rows are neighbours.
    void finish_rows(const Finish<T>& finish, int64_t first, int64_t channels, const Rows& rows,
                     T* result) const {
        const int64_t P = correlation_[1].result(), Q = correlation_[2].result();
        for (int64_t o = first; o < first + channels; ++o) {
            apply(finish, result, o * result_plane() + (rows.t0 * P + rows.t1) * Q,
                  rows.count * Q);
        }
    }

  private:
    // Which taps of the phase (the m-th to the n-th) meet the source at any of `count` results from
    // the t-th on, along an axis.
    Range taps_met(int axis, const Phase& phase, int64_t t, int64_t count) const {
        const int64_t size = correlation_[axis].source(), step = phase.offset_step;
        const int64_t first = t * phase.source_step + phase.offset;
        const int64_t last = first + (count - 1) * phase.source_step;
        const auto misses = [&](int64_t m) {
            return last + m * step < 0 || first + m * step >= size;
        };
        Range met{0, phase.taps};
        while (met.begin < met.end && misses(met.begin)) ++met.begin;
        while (met.end > met.begin && misses(met.end - 1)) --met.end;
        return met;
    }

    // One row of results, from so many rows of taps.
    void compute_row(const T* pixels, const int32_t* at, const T* filters, int64_t tap_rows,
                     const Phase& phase, const T* bias, Target<T> target, Ahead<T>& ahead) const {
        const int64_t unit = shape_.unit(), count = phase.count * shape_.images;
        const int64_t K = roles_.in * phase.taps;  // of a row of taps
        const TapRuns all{1, tap_rows * K, 0};
        const EvenParts tiles((count + unit - 1) / unit, shape_.longest());
        for (int64_t tile = 0; tile < tiles.parts; ++tile) {
            const int64_t t = tiles.begin(tile) * unit;
            const int64_t now = std::min(count - t, tiles.size_of(tile) * unit);
            const Target<T> here{target.to + t, target.plane, target.channels};
            const TileFunction<T> compute_tile = tile_function(shape_, now);
            if (shape_.lanes_are != Lanes::images) {
                compute_tile(pixels + t, at, filters, all, bias, now, here, ahead.take(all.K));
                continue;
            }
            // Of each row of taps the run that meets the source at one of these columns.
            const Range met = taps_met(2, phase, tiles.begin(tile), tiles.size_of(tile));
            const TapRuns runs{tap_rows, met.count() * roles_.in, K};
            const int64_t first = met.begin * roles_.in;
            compute_tile(pixels + t, at + first, filters + first * shape_.width,
                         met.count() == phase.taps ? all : runs, bias, now, here, nullptr);
        }
    }

    // A row of a bundle's results, (channels, columns, images), to each image's row.
    void unbundle(const T* row, int64_t channels, int64_t images, T* out) const {
        const int64_t Q = correlation_[2].result();
        for (int64_t o = 0; o < channels; ++o, row += Q * shape_.images, out += result_plane()) {
            channels_first(row, shape_.images, Q, images, out,
                           geometry_.groups * roles_.out * result_plane());
        }
    }

    // Results of the phases, each side by side, dealt back to where they belong in the row.
    void spread(const T* row, int64_t step, int64_t channels, T* out) const {
        const int64_t plane = result_plane(), Q = correlation_[2].result();
        for (int64_t o = 0; o < channels; ++o, out += plane) {
            const T* from = row + o * columns();
            const int64_t next = shape_.width * columns();  // from phase to phase
            if (step == 2) {
                join(from, from + next, Q / 2, out);
                if (Q % 2 == 1) out[Q - 1] = from[Q / 2];
                continue;
            }
            for (int64_t r = 0; r < step; ++r, from += next) {
                const int64_t count = (Q - r + step - 1) / step;
                for (int64_t t = 0; t < count; ++t) out[step * t + r] = from[t];
            }
        }
    }
};

}  // namespace
}  // namespace minicnn
