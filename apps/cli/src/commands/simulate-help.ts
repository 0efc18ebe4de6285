export const SIMULATE_HELP = `
Nothing is started and no api is asked: the rules, the placement and the model of a simulated host run in virtual
time, and the same settings and seed give the same figures every time. Start times are assumptions of the model.

Examples:
  bulkhead simulate --hosts 20 --workloads 5000 --charts charts
  bulkhead simulate --vs walls=hyperv
  bulkhead simulate --trusted 0 --hostile 50 --vs load=80 seed=2
  bulkhead simulate --log log.swf.gz --trusted-group 2 --hostile-users 20% --hosts 24 --host-cpus 140`;
