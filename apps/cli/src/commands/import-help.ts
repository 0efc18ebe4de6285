/** What `bulkhead import --help` says below its options. */
export const IMPORT_HELP = `
What a log becomes:
  - Each user is a tenant named user-<n> in a boundary of its own; where an earlier import has the names
    already, the new tenants get a suffix. --trusted-group makes the group's users trusted and puts
    them into one boundary; --hostile makes others hostile (a percentage is of all users and picks by a
    seeded hash); the rest are standard.
  - Each job is a workload that ends with exit code 0. Processors are the allocated ones, else the
    requested ones, else 1 (0 counts as 1); the run time is the logged one, else the requested one,
    else 1 second. A malformed line is reported with its number and skipped.
  - Each application number has one image of the catalogue that some host can run: by turns one that
    a host can run in a silo, from application 1 on, and one that needs a utility VM. Jobs without an
    application have the first. Every tenth has an image that nobody knows (--unknown-every).
  - Each host fits the largest job inside a utility VM, and has memory for 32 utility VMs beside it;
    half of them run Windows Server 2025, half 2022. Their stages run at the import's speed, so they
    are cordoned at its end, also after Ctrl-C, unless --keep-hosts; they stay in the fleet until each
    is drained and retired. --hosts 0 uses the fleet as it is. Hosts of others run at their own pace:
    --cordon-others keeps the jobs off them.

The summary ends with a check of the whole log and of the hosts' journals.

Examples:
  bulkhead import log.swf.gz --trusted-group 2 --hostile 20% --at-once --cordon-others
  bulkhead import log.swf --sample 300 --speed 10000 --json
  bulkhead import log.swf --hostile 3,7,9 --hosts 8 --unknown-every 0`;
