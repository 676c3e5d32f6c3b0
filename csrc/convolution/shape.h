// What the lanes of a vector are, in forward and input gradient, and how results are cut into tiles.
//
// The lanes are output channels, and a tile is turned over (transposed) before it is stored; or they
// are pixels of a row, and each filter number is spread over all of them. With few output channels,
// or few pixels in a row, one of the two leaves lanes idle. Where both have work for all, a short sum
// (few input channels and taps) speaks for pixels: turning a tile over takes as long as some twenty
// steps of the sum (eight with vectors of half the length).
//
// Or the lanes are images: a small image leaves lanes idle either way, a batch of them does not. Pixels
// of the same place lie side by side then (a bundle, in band.h), so that a row is as many times longer
// and a step along it as many times wider: for the tile nothing else changes. What is won besides:
// at the image's edge, a tile of two or three columns leaves out the taps that meet only padding.
#pragma once

#include <algorithm>

#include "tile.h"

namespace minicnn {
namespace {

// Pixels of a tile with two vectors of channels and with one.
constexpr int longest_of_two = most_accumulators / 2;
constexpr int longest_of_one = registers == 32 ? 16 : most_accumulators;

// Whether a tile of two vectors of channels may begin in one row and end in the next, so that all
// but a few are of full length. 16 registers want it: they hold so few results that each of 5 pixels
// takes some 7 % longer than each of 6.
constexpr bool may_join_rows = registers == 16;

// Rows of a tile whose lanes are pixels, and how many vectors of them: R·V sums, V vectors of pixels
// and one number are to fit into the registers.
constexpr int most_rows_of_pixels = registers == 32 ? 8 : 6;
constexpr int most_vectors_of_pixels(int rows) {
    return std::min(4, (registers - 1) / (rows + 1));
}

// What a correlation is like, as far as the choice of tiles is concerned.
struct Sums {
    int64_t batch, in, out, columns;  // images, channels, results in a row
    int64_t K;                        // products of a result
    bool bundles;                     // images may be computed in bundles
    double met;                       // the part of the products that meets the source, along a row
};

enum class Lanes { channels, pixels, images };

// How results are cut into tiles for one correlation.
template <class T>
class Shape {
  public:
    Lanes lanes_are;
    int64_t vectors;     // V: of channels, or of pixels
    int64_t width;       // output channels of a panel: V·lanes, or at most 8 rows
    int64_t images = 1;  // of a bundle

    explicit Shape(const Sums& sums) {
        const int64_t rows = EvenParts(sums.out, most_rows_of_pixels).largest();
        const int most = most_vectors_of_pixels(static_cast<int>(rows));
        const int64_t of_pixels = EvenParts((sums.columns + L - 1) / L, most).largest();
        const int64_t of_images = EvenParts(sums.columns, most).largest();
        const double by_channels = as_channels(sums), by_pixels = as_pixels(sums, rows, of_pixels);
        if (sums.bundles && as_images(sums, rows, of_images) > std::max(by_channels, by_pixels)) {
            lanes_are = Lanes::images;
            vectors = of_images;
            width = rows;
            images = L;
        } else if (by_channels >= by_pixels) {
            lanes_are = Lanes::channels;
            vectors = sums.out > L ? 2 : 1;
            width = vectors * L;
        } else {
            lanes_are = Lanes::pixels;
            vectors = of_pixels;
            width = rows;
        }
    }

    // A row's results are cut between units of so many numbers, and a tile has at most so many units.
    int64_t unit() const { return lanes_are == Lanes::channels ? 1 : L; }
    int64_t longest() const {
        if (lanes_are != Lanes::channels) return vectors;
        return vectors == 2 ? longest_of_two : longest_of_one;
    }

    bool joins_rows() const { return may_join_rows && lanes_are == Lanes::channels && vectors == 2; }

  private:
    static constexpr int L = lanes<T>;
    static constexpr bool wide = L * sizeof(T) == 64;

    static double used(int64_t count, int64_t unit) {
        return static_cast<double>(count) / static_cast<double>((count + unit - 1) / unit * unit);
    }
    // A product takes four cycles, and one starts in a cycle, or two with vectors of half the length:
    // so many sums are needed.
    static double busy(int64_t accumulators) {
        return std::min(1.0, static_cast<double>(accumulators) / (wide ? 4 : 8));
    }

    // What part of the time is spent on products that are wanted, each way. The constants were
    // measured. Turning a tile over takes time; so do the many numbers that are read for a single
    // vector of channels, where two products start in a cycle.
    static double as_channels(const Sums& sums) {
        constexpr double turning = wide ? 20 : 8;
        const double K = static_cast<double>(sums.K);
        return (!wide && sums.out <= L ? 0.85 : 1.0) * used(sums.out, L) * K / (K + turning);
    }
    // Vectors of pixels that lie across the cache's lines cost a little.
    static double as_pixels(const Sums& sums, int64_t rows, int64_t columns) {
        const double reading = wide && sums.columns % L == 0 ? 0.98 : 0.9;
        return reading * used(sums.columns, L) * used(sums.out, rows) * busy(rows * columns);
    }
    // Images are turned over on their way in and out, and lie far apart.
    static double as_images(const Sums& sums, int64_t rows, int64_t columns) {
        const double products = static_cast<double>(sums.out * sums.K) * sums.met;
        const double turned = (wide ? 7.0 : 10.0) * static_cast<double>(sums.in + sums.out);
        return (wide ? 0.93 : 0.97) * used(sums.batch, L) * used(sums.out, rows) *
               busy(rows * columns) * (products / (products + turned)) / sums.met;
    }
};

}  // namespace
}  // namespace minicnn
