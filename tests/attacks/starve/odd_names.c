// attack: names files with control characters, bad UTF-8 and markup
// how: exec
// expect: outcome=ok stdout="made"
#include <fcntl.h>

#include "../report.h"

int main(void) {
  static const char* const kNames[] = {"new\nline", "tab\tbell\a", "\xff\xfe", "\033[2Jclear", "<b>", "'; rm -rf", "\"quote", " ", "...", "-rf", "\xed\xa0\x80"};
  for (unsigned i = 0; i < sizeof kNames / sizeof kNames[0]; ++i) {
    close(open(kNames[i], O_CREAT | O_WRONLY, 0600));
  }
  char name[256];
  memset(name, 'n', 255);
  name[255] = 0;
  close(open(name, O_CREAT | O_WRONLY, 0600));
  puts("made");
  return 0;
}
