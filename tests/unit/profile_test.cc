// SPDX-License-Identifier: Apache-2.0

#include "runner/diagnosis/profile.h"

#include "chart/flame_svg.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace gobox::runner {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Diagnosis leaking() {
  Diagnosis diagnosis;
  HeapReport heap;
  heap.heap_bytes = 4000;
  HeapSite site;
  site.bytes = 3000;
  site.objects = 3;
  site.frames = {{.function = "main.remember", .file = "main.go", .line = 6, .user = true},
                 {.function = "main.main", .file = "main.go", .line = 11, .user = true}};
  heap.sites = {site};
  diagnosis.heap = heap;
  return diagnosis;
}

TEST(Profile, TheHeapsTotalIsTheHeaps) {
  const auto profile = heap_profile(leaking());
  ASSERT_TRUE(profile);
  std::int64_t bytes = 0;
  for (const ProfileSample& sample : profile->samples) bytes += sample.values.back();
  EXPECT_EQ(bytes, 4000);
  EXPECT_EQ(profile->types.back().name, "inuse_space");
}

TEST(Profile, WithoutEvidenceThereIsNone) {
  EXPECT_FALSE(heap_profile({}));
  EXPECT_FALSE(goroutine_profile({}));
}

TEST(Profile, IsAProtobufWithTheNamesInItsTable) {
  const std::string message = pprof_message(*heap_profile(leaking()));
  EXPECT_EQ(message[0], (1 << 3) | 2) << "begins with a sample type";
  for (const char* name : {"inuse_objects", "inuse_space", "main.remember", "main.go"}) {
    EXPECT_THAT(message, HasSubstr(name));
  }
  const auto packed = gzipped(message);
  ASSERT_TRUE(packed);
  EXPECT_THAT(*packed, StartsWith("\x1f\x8b"));
}

TEST(Profile, AGroupOfGoroutinesCountsAsMany) {
  Diagnosis diagnosis;
  GoroutineGroup group;
  group.state = "chan receive";
  group.count = 40;
  group.frames = {{.function = "main.wait", .file = "main.go", .line = 3, .user = true}};
  diagnosis.goroutines.emplace();
  diagnosis.goroutines->groups = {group, {}};
  const auto profile = goroutine_profile(diagnosis);
  ASSERT_TRUE(profile);
  ASSERT_EQ(profile->samples.size(), 2U);
  EXPECT_EQ(profile->samples[0].values, std::vector<std::int64_t>{40});
  EXPECT_EQ(profile->samples[1].frames.size(), 1U) << "one without a stack has a name too";
}

TEST(Flame, DrawsCallersAboveWhatTheyCalledAndEscapesNames) {
  Diagnosis diagnosis = leaking();
  diagnosis.heap->sites[0].frames[0].function = "main.<&\"evil\">";
  const std::string svg = flame_svg(*heap_profile(diagnosis), 1, "heap");
  EXPECT_THAT(svg, HasSubstr("main.&lt;&amp;&quot;evil&quot;&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("<&")));
  EXPECT_LT(svg.find("main.main"), svg.find("main.&lt;"));
  EXPECT_THAT(svg, HasSubstr("75 %"));
}

TEST(Flame, OfNothingIsAPictureStill) {
  Profile empty{.types = {{"goroutine", "count"}}, .samples = {}};
  EXPECT_THAT(flame_svg(empty, 0, "none"), HasSubstr("</svg>"));
}

}  // namespace
}  // namespace gobox::runner
