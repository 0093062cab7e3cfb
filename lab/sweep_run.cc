// SPDX-License-Identifier: Apache-2.0

#include "lab/sweep_run.h"

#include <algorithm>

namespace gobox::lab {
namespace {

// Mean of a cell's own runs where it has some, of all runs otherwise.
class Forecast {
 public:
  explicit Forecast(std::size_t cells) : sums_(cells), counts_(cells) {}

  void add(const Measurement& measurement) {
    if (measurement.cell >= sums_.size()) return;
    sums_[measurement.cell] += measurement.total_ms;
    counts_[measurement.cell] += 1;
    sum_ += measurement.total_ms;
    count_ += 1;
  }

  double of(std::size_t cell) const {
    if (counts_[cell] > 0) return sums_[cell] / counts_[cell];
    return count_ > 0 ? sum_ / count_ : 0;
  }

 private:
  std::vector<double> sums_;
  std::vector<double> counts_;
  double sum_ = 0;
  double count_ = 0;
};

std::vector<Turn> turns_left(const SweepPlan& plan, const Journal& journal) {
  std::vector<Turn> left = plan.order();
  std::erase_if(left, [&](const Turn& turn) {
    return std::any_of(journal.measurements().begin(), journal.measurements().end(),
                       [&](const Measurement& done) {
                         return done.cell == turn.cell && done.round == turn.round;
                       });
  });
  return left;
}

}  // namespace

Result<SweepEnd> run_sweep(const SweepPlan& plan, Journal& journal, const SweepHooks& hooks) {
  Forecast forecast(plan.cells());
  for (const Measurement& done : journal.measurements()) forecast.add(done);
  const std::vector<Turn> left = turns_left(plan, journal);
  const std::size_t all = plan.cells() * plan.rounds;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (hooks.stopped()) return SweepEnd::kInterrupted;
    std::optional<Measurement> measured = TRY(hooks.measure(left[i]));
    if (!measured) return SweepEnd::kInterrupted;
    measured->cell = left[i].cell;
    measured->round = left[i].round;
    TRY(journal.append(*measured));
    forecast.add(*measured);
    SweepProgress progress{all - left.size() + i + 1, all, &*measured, 0};
    for (std::size_t next = i + 1; next < left.size(); ++next) {
      progress.remaining_ms += forecast.of(left[next].cell);
    }
    hooks.progress(progress);
  }
  return SweepEnd::kComplete;
}

}  // namespace gobox::lab
