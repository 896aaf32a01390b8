// Feeds every file of the named folders (or the named files) to a fuzz target, for builds without libFuzzer: what was
// found once stays found. Fails when there is nothing to feed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_in(const fs::path& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool replay(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    std::fprintf(stderr, "can't read %s\n", file.c_str());
    return false;
  }
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);  // names the culprit should the next call end the program
  const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  bool good = count > 1;
  if (!good) std::fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", arguments[0]);
  for (int i = 1; i < count; ++i) {
    const auto files = inputs_in(arguments[i]);
    if (files.empty()) {
      std::fprintf(stderr, "nothing to replay in %s\n", arguments[i]);
      good = false;
    }
    for (const auto& file : files) good = replay(file) && good;
  }
  return good ? 0 : 1;
}
