// SPDX-License-Identifier: Apache-2.0

#pragma once

// TimelineSvg: a job's timelines as one picture that explains itself: memory by kind over time with
// the limit, CPU with what --cpus allows, processes and threads; a band per stage, marks for
// collections, throttling, SIGQUIT and the end. Self-contained SVG, no script and no outside fonts;
// colours readable on light and dark backgrounds, and by the viewer's own colour scheme.
// Pure function, thread-safe. Units: MiB, CPUs, milliseconds or seconds since the job's start.

#include <string>
#include <vector>

#include "runner/diagnosis/timeline.h"

namespace gobox::runner {

std::string timeline_svg(const std::vector<StageTimeline>& stages, const std::string& title);

}  // namespace gobox::runner
