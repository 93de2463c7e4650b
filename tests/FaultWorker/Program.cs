using TaskRunner.FaultWorker;
using TaskRunner.FaultWorker.Chaos;

// work URL NAMESPACE LEDGER NAME CONCURRENCY          runs tasks until SIGTERM
// produce URL NAMESPACE LEDGER SEED FROM TO RATE LONGEST   enqueues tasks number FROM to TO
// stuck-work                                          the program with a listener that never returns, its settings from the environment
// chaos-work LEDGER                                   the program with hostile tasks, its settings from the environment
// chaos-produce URL NAMESPACE LEDGER SEED TASKS RATE CRASHES   enqueues hostile tasks and messages
Orphan.EndWithParent();
return args switch
{
    ["work", .. var rest] => await Work.RunAsync(rest),
    ["produce", .. var rest] => await Produce.RunAsync(rest),
    ["stuck-work"] => await StuckWork.RunAsync(),
    ["chaos-work", .. var rest] => await ChaosWork.RunAsync(rest),
    ["chaos-produce", .. var rest] => await ChaosProduce.RunAsync(rest),
    _ => 2,
};
