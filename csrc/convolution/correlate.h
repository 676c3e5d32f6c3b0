// Forward and input gradient, fast: bands in cache, tiles in registers, tasks on threads.
//
// Two orders of the loops. Where there is much image and little filter, the filters are packed once,
// and a task takes rows:
//
//     for each task: an image (or a bundle of small ones), a group,     shared out among threads
//     some rows of the result
//         copy the rows of the source that these meet into a band       band.h
//         for each panel of output channels: its results                rows.h
//
// Where there is one image and its band is smaller than the filters (the last layers of a network,
// for one picture), packing them all would send them to memory and back. Then the whole image is
// the band, and a task takes a panel, whose filters go no further than its own cache:
//
//     for each task: a panel, some rows of the result                   shared out among threads
//         pack the panel's filters                                      filters.h
//         its results                                                   rows.h
#pragma once

#include "../convolution.h"
#include "rows.h"

namespace minicnn {
namespace {

// Of the second-level cache, for weights that are fetched ahead.
constexpr int64_t ahead_bytes = 128 << 10;

template <class T>
class Correlator : public PanelRows<T> {
    using Base = PanelRows<T>;
    using typename Base::Layout;
    using typename Base::Rows;
    using Base::correlation_, Base::geometry_, Base::roles_, Base::shape_, Base::panels_;
    using Base::result_plane, Base::rows_of_phase, Base::source_plane;

  public:
    using Base::Base;

    // False for a window so large (a huge dilation, say) that not even one row fits a band.
    bool fits() const {
        const Band one(correlation_, 1, shape_.images);
        return static_cast<double>(one.plane) * static_cast<double>(roles_.in) < 5e7;
    }

    // Filters as pack_all left them may be given in `packed`: then w is not read. The results are
    // finished as `finish` says, in the forward direction only.
    void run(const T* source, const T* w, const T* bias, T* result, const T* packed = nullptr,
             const Finish<T>& finish = {}) const {
        Scratch<T> samples(this->samples_ ? geometry_.batch * geometry_.channels * source_plane()
                                          : 1);
        if (this->samples_) {
            sample_pixels(this->given_, source, samples.get());
            source = samples;
        }
        Scratch<T> padded_bias(roles_.groups * panels_ * shape_.width);
        this->pad_bias(bias, padded_bias);
        if (panels_first()) {
            by_panels(source, w, padded_bias, result, packed, finish);
        } else {
            by_bands(source, w, padded_bias, result, packed, finish);
        }
    }

  private:
    // Of one image's result, in every phase.
    int64_t rows() const { return rows_of_phase(1); }
    int64_t depth() const { return rows_of_phase(0); }

    int64_t bytes_of(const Band& band) const {
        return band.plane * roles_.in * static_cast<int64_t>(sizeof(T));
    }

    bool panels_first() const {
        if (geometry_.batch * roles_.groups * depth() != 1) return false;
        const Band whole(correlation_, rows());
        // Places in the band are 32 bits.
        constexpr double most = 1e9;
        const double plane = static_cast<double>(whole.plane + band_slack<T>);
        if (plane * static_cast<double>(roles_.in) > most) return false;
        if (rows() == 1) return bytes_of(whole) <= band_bytes || large_filters(whole);
        return shape_.lanes_are == Lanes::channels && panels_ >= 4 && large_filters(whole);
    }
    bool large_filters(const Band& band) const {
        return roles_.out * geometry_.taps() >= band.plane;
    }

    // Whether rows of the source need no copy: they are all rows of an image, or they are read by
    // whole lines of the cache. (Else it is quicker to have the planes of a few rows together.)
    bool lies_as_band(const Band& band) const {
        if (shape_.lanes_are == Lanes::images || !rows_lie_as_band(correlation_)) return false;
        const bool by_lines = shape_.lanes_are == Lanes::pixels && lanes<T> == cache_line<T>;
        return band.plane == source_plane() || (by_lines && !Band::thrashes(source_plane()));
    }

    void by_bands(const T* source, const T* w, const T* bias, T* result, const T* packed,
                  const Finish<T>& finish) const {
        // As many rows a band as fit into the cache, evenly shared out.
        const int64_t rows = this->rows(), depth = this->depth();
        int64_t band_rows = 1;
        while (band_rows < rows &&
               bytes_of(Band(correlation_, band_rows + 1, shape_.images)) <= band_bytes) {
            ++band_rows;
        }
        int64_t bands = (rows + band_rows - 1) / band_rows;
        const int64_t bundles = (geometry_.batch + shape_.images - 1) / shape_.images;
        const int64_t images = bundles * roles_.groups * depth;
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

        Band band(correlation_, band_rows, shape_.images);
        const bool as_it_lies = lies_as_band(band);
        if (as_it_lies) band.plane = source_plane();
        const Layout layout(*this);
        Scratch<T> filters(packed == nullptr ? roles_.groups * panels_ * layout.size() + 1 : 1);
        if (packed == nullptr) {
            this->pack_all(w, filters);
            packed = filters;
        }
        Scratch<int32_t> offsets(layout.offsets() + 1);
        this->find_offsets(band, layout, offsets);

        const double work = static_cast<double>(roles_.in) * geometry_.taps() * roles_.out *
                            this->columns() * band_rows;
        parallel_for(images * bands * panel_parts, work, [&](int64_t item) {
            const int64_t part = item % panel_parts, rest = item / panel_parts;
            const int64_t image = rest / bands, t1 = rest % bands * band_rows;
            const Rows rows_here{image % depth, t1, std::min(band_rows, rows - t1)};
            const int64_t group = image / depth % roles_.groups;
            const int64_t n = image / depth / roles_.groups * shape_.images;
            const int64_t here = std::min(shape_.images, geometry_.batch - n);
            const int64_t plane = n * roles_.groups + group;
            const T* pixels = source + plane * roles_.in * source_plane();
            // Vectors of pixels are read whole, also at the end of the last row: the source's last
            // rows are copied in any case.
            const bool last_rows = shape_.lanes_are == Lanes::pixels && rest + 1 == images * bands;
            const bool copies = !as_it_lies || last_rows;
            const int64_t size = band.plane * roles_.in;
            Scratch<T> copied(copies ? size + band_slack<T> : 1);
            if (!copies) {
                pixels += (rows_here.t0 * correlation_[1].source() + t1) * correlation_[2].source();
            } else {
                clear(copied.get() + size, band_slack<T>);
                if (shape_.lanes_are == Lanes::images) {
                    copy_bundle(band, correlation_, pixels,
                                roles_.groups * roles_.in * source_plane(), here, roles_.in,
                                rows_here.t0, t1, rows_here.count, copied.get());
                } else {
                    copy_band(band, correlation_, pixels, roles_.in, rows_here.t0, t1,
                              rows_here.count, copied.get());
                }
                pixels = copied;
            }
            const int64_t last = panels_ * (part + 1) / panel_parts;
            Ahead<T> nothing_ahead;
            for (int64_t panel = panels_ * part / panel_parts; panel < last; ++panel) {
                const int64_t number = group * panels_ + panel;
                this->compute(band, pixels, packed + number * layout.size(), layout, offsets,
                              bias + number * shape_.width, panel, rows_here, nothing_ahead, here,
                              result + (plane * roles_.out + panel * shape_.width) *
                                           result_plane());
                for (int64_t k = 0; k < here; ++k) {
                    finish_panel(finish, (plane + k * roles_.groups) * roles_.out, panel, rows_here,
                                 result);
                }
            }
        });
    }

    void by_panels(const T* source, const T* w, const T* bias, T* result, const T* packed,
                   const Finish<T>& finish) const {
        const int64_t rows = this->rows();
        Band band(correlation_, rows);
        const bool as_it_lies = shape_.lanes_are == Lanes::channels && lies_as_band(band);
        // Several threads copy planes, so none may write into the next.
        const int64_t plane = band.plane;
        if (!as_it_lies) band.plane += band_slack<T>;
        Scratch<T> copied(as_it_lies ? 1 : band.plane * roles_.in);
        const T* pixels = source;
        if (!as_it_lies) {
            parallel_for(roles_.in, static_cast<double>(plane), [&](int64_t c) {
                T* const to = copied + c * band.plane;
                copy_band(band, correlation_, source + c * source_plane(), 1, 0, 0, rows, to);
                clear(to + plane, band_slack<T>);
            });
            pixels = copied;
        }
        const Layout layout(*this);
        Scratch<int32_t> offsets(layout.offsets() + 1);
        this->find_offsets(band, layout, offsets);

        // With few panels the rows are parted, too; each part packs the filters for itself.
        const int64_t wanted = thread_count() > 1 ? 2 * thread_count() : 1;
        const int64_t parts = std::min(rows, (wanted + panels_ - 1) / panels_);
        const double work = static_cast<double>(roles_.in) * geometry_.taps() * shape_.width *
                            this->columns() * rows / parts;
        parallel_for(panels_ * parts, work, [&](int64_t item) {
            const int64_t panel = item / parts, part = item % parts;
            const int64_t t1 = rows * part / parts, end = rows * (part + 1) / parts;
            const Rows rows_here{0, t1, end - t1};
            const T* in = pixels + t1 * correlation_[1].source_step() * band.row();
            Scratch<T> own(packed == nullptr ? layout.size() + 1 : 1);
            if (packed == nullptr) this->pack(w, 0, panel, layout, own);
            const T* filters = packed == nullptr ? own.get() : packed + panel * layout.size();
            // Of the task that this thread takes after this one, most likely.
            Ahead<T> ahead;
            if (packed == nullptr) ahead.first = weights_of(w, (item + 1) / parts);
            this->compute(band, in, filters, layout, offsets, bias + panel * shape_.width, panel,
                          rows_here, ahead, 1,
                          result + panel * shape_.width * result_plane());
            finish_panel(finish, 0, panel, rows_here, result);
        });
    }

    // The weights of a panel, to be fetched ahead: where there is such a panel, where they lie in
    // one piece (forward) and where they leave the cache room for what is at work.
    typename Ahead<T>::Run weights_of(const T* w, int64_t panel) const {
        const int64_t step = roles_.out_step;
        const bool small = shape_.width * step * static_cast<int64_t>(sizeof(T)) <= ahead_bytes;
        if (panel >= panels_ || step != roles_.in * geometry_.taps() || !small) return {};
        return {w + panel * shape_.width * step,
                w + std::min((panel + 1) * shape_.width, roles_.out) * step};
    }

    void finish_panel(const Finish<T>& finish, int64_t first_channel, int64_t panel,
                      const Rows& rows, T* result) const {
        if (nothing(finish)) return;
        const int64_t channels = std::min(shape_.width, roles_.out - panel * shape_.width);
        this->finish_rows(finish, first_channel + panel * shape_.width, channels, rows, result);
    }
};

}  // namespace
}  // namespace minicnn
