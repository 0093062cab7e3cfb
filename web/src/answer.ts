// SPDX-License-Identifier: Apache-2.0

// What is made of a result beside its banner: fetched while the first program runs.

export { testsOf } from "./tests";
export { why } from "./why";
