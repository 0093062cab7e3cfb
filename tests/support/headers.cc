// SPDX-License-Identifier: Apache-2.0

// Nothing runs this: its precompiled headers are what it is for.
int main() {}
