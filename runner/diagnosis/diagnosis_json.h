// SPDX-License-Identifier: Apache-2.0

#pragma once

// DiagnosisJson: a Diagnosis as the "diagnosis" object of a result. Fields that do not apply are
// null, never missing; lists are cut at kMaxListed with the count of all beside them. Texts are
// UTF-8 already: the parsers made them printable.

#include <boost/json.hpp>

#include "runner/diagnosis/diagnosis.h"
#include "runner/diagnosis/timeline.h"

namespace gobox::runner {

inline constexpr std::size_t kMaxListed = 50;

boost::json::object diagnosis_json(const Diagnosis& diagnosis);
boost::json::object timeline_json(const StageTimeline& timeline);

}  // namespace gobox::runner
