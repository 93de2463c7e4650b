using TaskRunner.FaultWorker;

// work URL NAMESPACE LEDGER NAME CONCURRENCY          runs tasks until SIGTERM
// produce URL NAMESPACE LEDGER SEED FROM TO RATE LONGEST   enqueues tasks number FROM to TO
Orphan.EndWithParent();
return args switch
{
    ["work", .. var rest] => await Work.RunAsync(rest),
    ["produce", .. var rest] => await Produce.RunAsync(rest),
    _ => 2,
};
