// The smallest honest program: what must still work after every attack, and beside it.
int main(void) { return 0; }
