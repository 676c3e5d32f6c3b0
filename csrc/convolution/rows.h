// The results of one panel of output channels in some rows of the result, from filters packed for it.
//
// That is what every order of the loops in correlate.h comes down to:
//
//     for each row of the result, each phase of its columns     phases.h
//         for each tile along the row: sum over K in registers  tile.h
//
// Where tiles are so short that it matters how a row is cut (shape.h), rows are joined: those that
// meet the same taps are one long row in the result, and a tile may end in the next one.
#pragma once

#include "finish.h"
#include "panels.h"
#include "result_tile.h"

namespace minicnn {
namespace {

template <class T>
class PanelRows : public Panels<T> {
    using Base = Panels<T>;

  public:
    using Base::Base;

  protected:
    using typename Base::Layout;
    using Base::correlation_, Base::geometry_, Base::grid_, Base::roles_, Base::shape_;
    using Base::columns, Base::result_plane, Base::taps_met;

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
        const bool joins = shape_.joins_rows() && !apart && grid_.counts[1] == 1;
        const int64_t line = columns() * band.images;
        Scratch<T> row(apart ? step * shape_.width * line + band.images * lanes<T> : 1);
        for (int64_t r0 = 0; r0 < grid_.counts[0]; ++r0) {
            const Phase p0 = correlation_[0].phase(r0);
            if (rows.t0 >= p0.count) continue;
            for (int64_t r1 = 0; r1 < grid_.counts[1]; ++r1) {
                const Phase p1 = correlation_[1].phase(r1);
                const int64_t end = std::min(rows.t1 + rows.count, p1.count);
                for (int64_t t = rows.t1, joined = 1; t < end; t += joined) {
                    const Range met = tap_rows_met(p0, p1, t);
                    joined = 1;
                    while (joins && t + joined < end && tap_rows_met(p0, p1, t + joined) == met) {
                        ++joined;
                    }
                    T* out = result +
                             ((p0.first + p0.step * rows.t0) * P + p1.first + p1.step * t) * Q;
                    for (int64_t r2 = 0; r2 < step; ++r2) {
                        const Phase p2 = correlation_[2].phase(r2);
                        const int64_t number = grid_.number(r0, r1, r2);
                        const int64_t k = met.begin * roles_.in * p2.taps;
                        const Stretch stretch{pixels + (t - rows.t1) * row_step, joined, row_step,
                                              offsets + layout.offset_at[number] + k,
                                              filters + layout.filter_at[number] + k * shape_.width,
                                              met.count()};
                        const Target<T> target =
                            apart ? Target<T>{row + r2 * shape_.width * line, line, channels}
                                  : Target<T>{out, result_plane(), channels};
                        compute_stretch(stretch, p2, bias, target, ahead);
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
    // One row of results in one phase of the columns, or joined rows: what they are computed from.
    struct Stretch {
        const T* pixels;     // of the band, of the first result
        int64_t rows, step;  // `step` numbers from row to row of the band
        const int32_t* at;   // (tap_rows, K) places of pixels,
        const T* filters;    // (tap_rows, K, width)
        int64_t tap_rows;
    };

    // Of a result's rows of taps those that meet a row of the source, as one run. (With taps along
    // the depth they would be several; then all are taken, and meet the band's zeros.)
    Range tap_rows_met(const Phase& p0, const Phase& p1, int64_t t) const {
        return p0.taps == 1 ? taps_met(1, p1, t, 1) : Range{0, p0.taps * p1.taps};
    }

    void compute_stretch(const Stretch& stretch, const Phase& phase, const T* bias,
                         const Target<T>& target, Ahead<T>& ahead) const {
        const int64_t unit = shape_.unit(), row = phase.count * shape_.images;
        const int64_t count = stretch.rows * row;
        const int64_t K = roles_.in * phase.taps;  // of a row of taps
        const TapRuns all{1, stretch.tap_rows * K, 0};
        const EvenParts tiles((count + unit - 1) / unit, shape_.longest());
        const T* pixels = stretch.pixels;
        int64_t column = 0;  // where a result of the tile begins, in its row
        const auto next_row = [&] {
            column = 0;
            pixels += stretch.step - row;
        };
        for (int64_t tile = 0; tile < tiles.parts; ++tile) {
            if (column == row) next_row();
            const int64_t t = tiles.begin(tile) * unit;
            const int64_t now = std::min(count - t, tiles.size_of(tile) * unit);
            const Target<T> here{target.to + t, target.plane, target.channels};
            const TileFunction<T> compute_tile = tile_function(shape_, now);
            if (shape_.lanes_are == Lanes::images) {
                // Of each row of taps the run that meets the source at one of these columns.
                const Range met = taps_met(2, phase, tiles.begin(tile), tiles.size_of(tile));
                const TapRuns runs{stretch.tap_rows, met.count() * roles_.in, K};
                const int64_t first = met.begin * roles_.in;
                compute_tile(pixels, nullptr, stretch.at + first,
                             stretch.filters + first * shape_.width,
                             met.count() == phase.taps ? all : runs, bias, now, here, nullptr);
                pixels += now;
            } else if (column + now <= row) {
                compute_tile(pixels, nullptr, stretch.at, stretch.filters, all, bias, now, here,
                             ahead.take(all.K));
                pixels += now;
                column += now;
            } else {
                const T* const first = pixels;
                int64_t places[longest_of_two];
                for (int64_t r = 0; r < now; ++r, ++column, ++pixels) {
                    if (column == row) next_row();
                    places[r] = pixels - first;
                }
                compute_tile(first, places, stretch.at, stretch.filters, all, bias, now, here,
                             nullptr);
            }
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
