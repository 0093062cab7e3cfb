// Nothing runs this: its precompiled headers are what it is for.
int main() {}
