// Forward and input gradient, fast: bands in cache, tiles in registers, tasks on threads.
//
//     for each task: an image, a group, some rows of its result         shared out among threads
//         copy the rows of the source that these meet into a band       band.h
//         for each panel of output channels
//             for each row, each phase of its columns                   phases.h
//                 for each tile along the row: sum over K in registers  tile.h
//
// The tiles and the choice between their two kinds are in result_tile.h.
#pragma once

#include "../convolution.h"
#include "band.h"
#include "filters.h"
#include "finish.h"
#include "result_tile.h"
#include "sampled.h"

namespace minicnn {
namespace {

constexpr int64_t band_bytes = 320 << 10;  // of the second-level cache

template <class T>
class Correlator {
  public:
    Correlator(const Geometry& geometry, bool backward)
        : given_(geometry),
          samples_(!backward && samples_pixels(geometry)),
          geometry_(merged(samples_ ? sampled(geometry) : geometry)),
          correlation_{{geometry_.axis[0], backward},
                       {geometry_.axis[1], backward},
                       {geometry_.axis[2], backward}},
          roles_(geometry, backward),
          grid_(correlation_),
          shape_(roles_.out, columns(), roles_.in * geometry_.taps() / grid_.count()) {
        panels_ = (roles_.out + shape_.width - 1) / shape_.width;
    }

    // False for a window so large (a huge dilation, say) that not even one row fits a band.
    bool fits() const {
        const Band one(correlation_, 1);
        return static_cast<double>(one.plane) * static_cast<double>(roles_.in) < 5e7;
    }

    // How the filters are packed, for ../prepared.h: for panels of so many output channels.
    int64_t panel_width() const { return shape_.width; }

    int64_t packed_size() const {
        Scratch<int64_t> filter_at(grid_.count() + 1), offset_at(grid_.count() + 1);
        lay_out(filter_at, offset_at);
        return roles_.groups * panels_ * filter_at[grid_.count()];
    }

    // All filters: (groups, panels, phases, K, width).
    void pack_all(const T* w, T* packed) const {
        Scratch<int64_t> filter_at(grid_.count() + 1), offset_at(grid_.count() + 1);
        lay_out(filter_at, offset_at);
        const int64_t panel_size = filter_at[grid_.count()];
        parallel_for(roles_.groups * panels_, 2.0 * panel_size, [&](int64_t item) {
            pack(w, item / panels_, item % panels_, filter_at, packed + item * panel_size);
        });
    }

    // Filters as pack_all left them may be given in `packed`: then w is not read. The results are
    // finished as `finish` says, in the forward direction only.
    void run(const T* source, const T* w, const T* bias, T* result, const T* packed = nullptr,
             const Finish<T>& finish = {}) const {
        Scratch<T> samples(samples_ ? geometry_.batch * geometry_.channels * source_plane() : 1);
        if (samples_) {
            sample_pixels(given_, source, samples.get());
            source = samples;
        }
        const int64_t rows = rows_of_phase(1), depth = rows_of_phase(0);
        // As many rows a band as fit into the cache, evenly shared out.
        int64_t band_rows = 1;
        while (band_rows < rows &&
               Band(correlation_, band_rows + 1).plane * roles_.in *
                       static_cast<int64_t>(sizeof(T)) <= band_bytes) {
            ++band_rows;
        }
        int64_t bands = (rows + band_rows - 1) / band_rows;
        const int64_t images = geometry_.batch * roles_.groups * depth;
        // Enough tasks that no thread waits long for the last one.
        const int64_t wanted = 2 * thread_count();
        if (thread_count() > 1 && images * bands < wanted) {
            bands = std::min(rows, (wanted + images - 1) / images);
        }
        band_rows = (rows + bands - 1) / bands;
        bands = (rows + band_rows - 1) / band_rows;
        const int64_t panel_parts =
            images * bands < wanted
                ? std::min(panels_, (wanted + images * bands - 1) / (images * bands))
                : 1;

        const Band band(correlation_, band_rows);
        const bool as_it_lies = bands == 1 && is_its_own_band(band);
        Scratch<int64_t> filter_at(grid_.count() + 1), offset_at(grid_.count() + 1);
        lay_out(filter_at, offset_at);
        // Packed once for all tasks; where each panel serves one task only, by that task, so that
        // they go no further than its cache.
        const int64_t panel_size = filter_at[grid_.count()];
        const bool packed_by_task = packed == nullptr && images * bands == 1;
        const bool packed_here = packed == nullptr && !packed_by_task;
        Scratch<T> filters(packed_here ? roles_.groups * panels_ * panel_size + 1 : 1);
        Scratch<int32_t> offsets(offset_at[grid_.count()] + 1);
        Scratch<T> padded_bias(roles_.groups * panels_ * shape_.width);
        if (packed_here) pack_all(w, filters);
        const T* const all_filters = packed == nullptr ? filters.get() : packed;
        find_offsets(band, offset_at, offsets);
        pad_bias(bias, padded_bias);

        const double work = static_cast<double>(roles_.in) * geometry_.taps() * roles_.out *
                            columns() * band_rows;
        parallel_for(images * bands * panel_parts, work, [&](int64_t item) {
            const int64_t part = item % panel_parts, rest = item / panel_parts;
            const int64_t t1 = rest % bands * band_rows, image = rest / bands;
            const int64_t t0 = image % depth, plane = image / depth;  // plane: (n, group)
            const int64_t group = plane % roles_.groups;
            const int64_t count = std::min(band_rows, rows - t1);
            const T* pixels = source + plane * roles_.in * source_plane();
            // Vectors of pixels are read whole, also at the end of the last row.
            const int64_t size = band.plane * roles_.in;
            Scratch<T> copied(as_it_lies ? 1 : size + band_slack<T>);
            if (!as_it_lies) {
                clear(copied.get() + size, band_slack<T>);
                copy_band(band, correlation_, pixels, roles_.in, t0, t1, count, copied.get());
                pixels = copied;
            }
            const int64_t first = panels_ * part / panel_parts;
            const int64_t last = panels_ * (part + 1) / panel_parts;
            Scratch<T> own(packed_by_task ? panel_size + 1 : 1);
            for (int64_t panel = first; panel < last; ++panel) {
                if (packed_by_task) pack(w, group, panel, filter_at, own);
                const T* panel_filters =
                    packed_by_task ? own.get()
                                   : all_filters + (group * panels_ + panel) * panel_size;
                compute(band, pixels, panel_filters, filter_at, offsets, offset_at,
                        padded_bias.get() + (group * panels_ + panel) * shape_.width, panel, t0, t1,
                        count,
                        result + (plane * roles_.out + panel * shape_.width) * result_plane());
                if (!nothing(finish)) {
                    finish_rows(finish, plane * roles_.out + panel * shape_.width,
                                std::min(shape_.width, roles_.out - panel * shape_.width), t0, t1,
                                count, result);
                }
            }
        });
    }

  private:
    Geometry given_;
    bool samples_;       // see sampled.h
    Geometry geometry_;
    Correlation correlation_[3];
    Roles roles_;
    PhaseGrid grid_;
    Shape<T> shape_;
    int64_t panels_;

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

    // Whether the source's planes are what a band of all rows would be copied to (small images under
    // 1×1 taps). Not where the lanes are pixels, which are read beyond the end.
    bool is_its_own_band(const Band& band) const {
        for (int axis = 0; axis < 3; ++axis) {
            const Correlation& c = correlation_[axis];
            if (c.phases() != 1 || c.source_step() != 1 || c.source() != c.result()) return false;
            if (c.offsets().begin != 0 || c.offsets().count() != 1) return false;
        }
        return shape_.channel_lanes && band.plane == source_plane();
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

    // Where each phase's filters (of one panel) and offsets begin.
    void lay_out(int64_t* filter_at, int64_t* offset_at) const {
        int64_t filters = 0, offsets = 0;
        for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1, const Phase& p2) {
            const int64_t K = roles_.in * p0.taps * p1.taps * p2.taps;
            filter_at[number] = filters;
            offset_at[number] = offsets;
            filters += K * shape_.width;
            offsets += K;
        });
        filter_at[grid_.count()] = filters;
        offset_at[grid_.count()] = offsets;
    }

    // The filters of one panel, for every phase: (phases, K, width).
    void pack(const T* w, int64_t group, int64_t panel, const int64_t* filter_at, T* packed) const {
        for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1, const Phase& p2) {
            pack_panel(w + group * roles_.group_step, roles_, geometry_.axis, p0, p1, p2,
                       panel * shape_.width, shape_.width, packed + filter_at[number]);
        });
    }

    void find_offsets(const Band& band, const int64_t* offset_at, int32_t* offsets) const {
        for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1, const Phase& p2) {
            int32_t* to = offsets + offset_at[number];
            for (int64_t m0 = 0; m0 < p0.taps; ++m0) {
                for (int64_t m1 = 0; m1 < p1.taps; ++m1) {
                    for (int64_t c = 0; c < roles_.in; ++c) {
                        for (int64_t m2 = 0; m2 < p2.taps; ++m2) {
                            const int64_t place = band.at(
                                p0.offset + m0 * p0.offset_step - band.offsets[0].begin,
                                p1.offset + m1 * p1.offset_step - band.offsets[1].begin,
                                p2.offset + m2 * p2.offset_step - band.offsets[2].begin);
                            *to++ = static_cast<int32_t>(c * band.plane + place);
                        }
                    }
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

    // The results of one panel in one band: rows t1 .. t1 + count − 1 of every phase.
    void compute(const Band& band, const T* pixels, const T* filters, const int64_t* filter_at,
                 const int32_t* offsets, const int64_t* offset_at, const T* bias, int64_t panel,
                 int64_t t0, int64_t t1, int64_t count, T* result) const {
        const int64_t P = correlation_[1].result(), Q = correlation_[2].result();
        const int64_t channels = std::min(shape_.width, roles_.out - panel * shape_.width);
        const int64_t row_step = correlation_[1].source_step() * band.runs * band.pitch;
        const int64_t step = correlation_[2].phases();
        const bool apart = step > 1;  // a phase's results are not neighbours in the result
        // (phases, channels, columns): one row of results, phase by phase
        Scratch<T> row(apart ? step * shape_.width * columns() : 1);
        for (int64_t r0 = 0; r0 < grid_.counts[0]; ++r0) {
            const Phase p0 = correlation_[0].phase(r0);
            if (t0 >= p0.count) continue;
            for (int64_t r1 = 0; r1 < grid_.counts[1]; ++r1) {
                const Phase p1 = correlation_[1].phase(r1);
                const int64_t end = std::min(t1 + count, p1.count);
                for (int64_t t = t1; t < end; ++t) {
                    const T* in = pixels + (t - t1) * row_step;
                    T* out = result + ((p0.first + p0.step * t0) * P + p1.first + p1.step * t) * Q;
                    for (int64_t r2 = 0; r2 < step; ++r2) {
                        const Phase p2 = correlation_[2].phase(r2);
                        const int64_t number = grid_.number(r0, r1, r2);
                        // Of K the part whose row of taps meets a row of the source.
                        const int64_t one_row = roles_.in * p2.taps;
                        const Range met =
                            p0.taps == 1 ? rows_met(p1, t) : Range{0, p0.taps * p1.taps};
                        const int64_t k = met.begin * one_row;
                        const T* panel_filters = filters + filter_at[number] + k * shape_.width;
                        const Target<T> target =
                            apart ? Target<T>{row + r2 * shape_.width * columns(), columns(),
                                              channels}
                                  : Target<T>{out, result_plane(), channels};
                        compute_row(in, offsets + offset_at[number] + k, panel_filters,
                                    met.count() * one_row, bias, p2.count, target);
                    }
                    if (apart) spread(row, step, channels, out);
                }
            }
        }
    }

    // Rows t1 .. t1 + count − 1 at depth t0 of `channels` result planes, from the first on. Forward,
    // so that there is one phase and rows are neighbours.
    void finish_rows(const Finish<T>& finish, int64_t first, int64_t channels, int64_t t0,
                     int64_t t1, int64_t count, T* result) const {
        const int64_t P = correlation_[1].result(), Q = correlation_[2].result();
        for (int64_t o = first; o < first + channels; ++o) {
            apply(finish, result, o * result_plane() + (t0 * P + t1) * Q, count * Q);
        }
    }

    // Which taps of the phase (the m-th to the n-th) meet a row inside the source at result t.
    Range rows_met(const Phase& phase, int64_t t) const {
        const int64_t size = correlation_[1].source();
        const int64_t base = t * phase.source_step + phase.offset, step = phase.offset_step;
        int64_t begin = 0, end = phase.taps;
        while (begin < end && (base + begin * step < 0 || base + begin * step >= size)) ++begin;
        while (end > begin && (base + (end - 1) * step < 0 || base + (end - 1) * step >= size))
            --end;
        return {begin, end};
    }

    void compute_row(const T* pixels, const int32_t* at, const T* filters, int64_t K,
                     const T* bias, int64_t count, Target<T> target) const {
        // Tiles of equal length, as far as possible: 28 = 14 + 14, not 16 + 12.
        const int64_t longest = shape_.longest();
        int64_t length = longest;
        if (shape_.channel_lanes) {
            const int64_t tiles = (count + longest - 1) / longest;
            length = (count + tiles - 1) / tiles;
        }
        TileFunction<T> whole = tile_function(shape_, std::min(length, count));
        for (int64_t t = 0; t < count; t += length) {
            const int64_t now = std::min(length, count - t);
            const Target<T> here{target.to + t, target.plane, target.channels};
            if (now == length) {
                whole(pixels + t, at, filters, K, bias, now, here);
            } else {
                tile_function(shape_, now)(pixels + t, at, filters, K, bias, now, here);
            }
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
