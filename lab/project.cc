// SPDX-License-Identifier: Apache-2.0

#include "lab/project.h"

#include <array>
#include <vector>

namespace gobox::lab {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kFunctionsEach = 8;  // of a package: small, and more than its overhead
constexpr std::size_t kLayer = 10;
constexpr std::size_t kMaxPackages = 5000;
constexpr runner::InputLimits kLimits{.max_files = 6000, .max_bytes = std::size_t{64} << 20};

struct Name {
  std::string_view text;
  Shape shape;
};

constexpr std::array kNames = {
    Name{"flat", Shape::kFlat},         Name{"deep", Shape::kDeep},
    Name{"diamond", Shape::kDiamond},   Name{"functions", Shape::kFunctions},
    Name{"generics", Shape::kGenerics}, Name{"literal", Shape::kLiteral},
    Name{"reflect", Shape::kReflect}};

std::string package_name(std::size_t index) {
  return "p" + std::to_string(index);
}

std::string function_text(const std::string& name) {
  return "func " + name +
         "(values []int, step int) int {\n"
         "\ttotal := 0\n"
         "\tfor i, value := range values {\n"
         "\t\tif value%2 == 0 {\n"
         "\t\t\ttotal += value * step\n"
         "\t\t} else {\n"
         "\t\t\ttotal -= value / (i + 1)\n"
         "\t\t}\n"
         "\t}\n"
         "\treturn total\n"
         "}\n\n";
}

// One package: a few functions, and Total, which adds those of its imports.
std::string package_text(std::size_t index, const std::vector<std::size_t>& imports) {
  std::string text = "package " + package_name(index) + "\n\n";
  for (const std::size_t each : imports) {
    text += "import \"example.com/project/" + package_name(each) + "\"\n";
  }
  text += "\n";
  for (std::size_t i = 0; i < kFunctionsEach; ++i) {
    text += function_text("Step" + std::to_string(i));
  }
  text += "func Total(values []int) int {\n\ttotal := 0\n";
  for (std::size_t i = 0; i < kFunctionsEach; ++i) {
    text += "\ttotal += Step" + std::to_string(i) + "(values, " + std::to_string(index + i) + ")\n";
  }
  for (const std::size_t each : imports) {
    text += "\ttotal += " + package_name(each) + ".Total(values[:1])\n";
  }
  return text + "\treturn total\n}\n";
}

std::string main_text(const std::vector<std::size_t>& imports) {
  std::string text = "package main\n\nimport \"fmt\"\n";
  for (const std::size_t each : imports) {
    text += "import \"example.com/project/" + package_name(each) + "\"\n";
  }
  text += "\nfunc main() {\n\tvalues := []int{3, 1, 4, 1, 5}\n\ttotal := 0\n";
  for (const std::size_t each : imports) {
    text += "\ttotal += " + package_name(each) + ".Total(values)\n";
  }
  return text + "\tfmt.Println(total)\n}\n";
}

// A layer calls one function of the layer below instead of Total, or the calls would grow as ten to
// the power of the layers when the program runs.
std::string diamond_text(std::size_t index, const std::vector<std::size_t>& imports) {
  std::string text = package_text(index, {});
  const std::size_t head = text.find('\n') + 1;
  std::string lines;
  for (const std::size_t each : imports) {
    lines += "import \"example.com/project/" + package_name(each) + "\"\n";
  }
  text.insert(head, "\n" + lines);
  text += "\nfunc Below(values []int) int {\n\ttotal := 0\n";
  for (const std::size_t each : imports) {
    text += "\ttotal += " + package_name(each) + ".Step0(values, 1)\n";
  }
  return text + "\treturn total\n}\n";
}

std::vector<std::size_t> range(std::size_t from, std::size_t to) {
  std::vector<std::size_t> all;
  for (std::size_t i = from; i < to; ++i) all.push_back(i);
  return all;
}

void add_packages(Files& files, Shape shape, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    std::string text;
    if (shape == Shape::kFlat) text = package_text(i, {});
    if (shape == Shape::kDeep) text = package_text(i, i == 0 ? range(0, 0) : range(i - 1, i));
    if (shape == Shape::kDiamond) {
      const std::size_t layer = i / kLayer;
      text =
          diamond_text(i, layer == 0 ? range(0, 0) : range((layer - 1) * kLayer, layer * kLayer));
    }
    files.emplace_back(package_name(i) + "/p.go", std::move(text));
  }
  std::vector<std::size_t> roots = range(0, size);
  if (shape == Shape::kDeep) roots = range(size - 1, size);
  if (shape == Shape::kDiamond) roots = range((size - 1) / kLayer * kLayer, size);
  files.emplace_back("main.go", main_text(roots));
}

std::string functions_text(std::size_t size) {
  std::string text = "package main\n\nimport \"fmt\"\n\n";
  for (std::size_t i = 0; i < size; ++i) text += function_text("step" + std::to_string(i));
  text += "func main() {\n\tfmt.Println(step0([]int{1, 2, 3}, 1))\n}\n";
  return text;
}

// Arrays of different lengths as type arguments: no two instantiations share their code.
std::string generics_text(std::size_t size) {
  std::string text =
      "package main\n\nimport \"fmt\"\n\n"
      "type list[T comparable] struct{ items []T }\n\n"
      "func (l *list[T]) add(item T) { l.items = append(l.items, item) }\n\n"
      "func (l *list[T]) index(item T) int {\n"
      "\tfor i, each := range l.items {\n\t\tif each == item {\n\t\t\treturn i\n\t\t}\n\t}\n"
      "\treturn -1\n}\n\n"
      "func apply[T comparable](l *list[T], f func(T) T) *list[T] {\n\tout := &list[T]{}\n"
      "\tfor _, each := range l.items {\n\t\tout.add(f(each))\n\t}\n\treturn out\n}\n\n";
  for (std::size_t i = 1; i <= size; ++i) {
    const std::string type = "[" + std::to_string(i) + "]int16";
    const std::string name = "use" + std::to_string(i);
    text += "func " + name + "() int {\n\tl := &list[" + type + "]{}\n\tl.add(" + type +
            "{})\n\tl = apply(l, func(x " + type + ") " + type + " { x[0]++; return x })\n" +
            "\treturn l.index(" + type + "{1})\n}\n\n";
  }
  text += "func main() {\n\ttotal := 0\n";
  for (std::size_t i = 1; i <= size; ++i) text += "\ttotal += use" + std::to_string(i) + "()\n";
  return text + "\tfmt.Println(total)\n}\n";
}

std::string literal_text(std::size_t size) {
  std::string text = "package main\n\nimport \"fmt\"\n\nvar table = map[string]int{\n";
  for (std::size_t i = 0; i < size; ++i) {
    text += "\t\"key" + std::to_string(i * 7919) + "\": " + std::to_string(i) + ",\n";
  }
  return text + "}\n\nfunc main() {\n\tfmt.Println(len(table))\n}\n";
}

std::string reflect_text(std::size_t size) {
  std::string text = "package main\n\nimport (\n\t\"fmt\"\n\t\"reflect\"\n)\n\n";
  for (std::size_t i = 0; i < size; ++i) {
    const std::string name = "record" + std::to_string(i);
    text += "type " + name + " struct {\n";
    for (const char* field : {"Name", "Street", "City"}) {
      text += std::string("\t") + field + " string `json:\"" + field + std::to_string(i) + "\"`\n";
    }
    text += "\tNext *" + name + "\n\tValues map[string][]int\n}\n\nfunc (r " + name +
            ") String() string { return r.Name + r.City }\n\n";
  }
  text += "var values = []fmt.Stringer{\n";
  for (std::size_t i = 0; i < size; ++i) text += "\trecord" + std::to_string(i) + "{},\n";
  text +=
      "}\n\nfunc main() {\n\tfields := 0\n\tfor _, each := range values {\n"
      "\t\tfields += reflect.TypeOf(each).NumField()\n\t}\n\tfmt.Println(fields)\n}\n";
  return text;
}

}  // namespace

Result<Shape> parse_shape(std::string_view name) {
  std::string all;
  for (const Name& each : kNames) {
    if (each.text == name) return each.shape;
    all += (all.empty() ? "" : ", ") + std::string(each.text);
  }
  return Error::caller("--project: \"" + std::string(name) + "\" is none of " + all);
}

Result<runner::Workspace> make_project(Shape shape, std::size_t size) {
  const bool packages = shape == Shape::kFlat || shape == Shape::kDeep || shape == Shape::kDiamond;
  if (size == 0 || size > kLargestProject || (packages && size > kMaxPackages)) {
    return Error::caller("packages: a project of " + std::to_string(size) +
                         " is too small or too large");
  }
  // 1.18: the oldest that has generics, so every toolchain takes it.
  Files files{{"go.mod", "module example.com/project\n\ngo 1.18\n"}};
  switch (shape) {
    case Shape::kFlat:
    case Shape::kDeep:
    case Shape::kDiamond:
      add_packages(files, shape, size);
      break;
    case Shape::kFunctions:
      files.emplace_back("main.go", functions_text(size));
      break;
    case Shape::kGenerics:
      files.emplace_back("main.go", generics_text(size));
      break;
    case Shape::kLiteral:
      files.emplace_back("main.go", literal_text(size));
      break;
    case Shape::kReflect:
      files.emplace_back("main.go", reflect_text(size));
      break;
  }
  return runner::workspace_from_map(std::move(files), kLimits);
}

}  // namespace gobox::lab
