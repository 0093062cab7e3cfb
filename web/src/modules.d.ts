// SPDX-License-Identifier: Apache-2.0

declare module "gobox:examples" {
  const groups: { title: string; programs: { name: string; text: string }[] }[];
  export default groups;
}
