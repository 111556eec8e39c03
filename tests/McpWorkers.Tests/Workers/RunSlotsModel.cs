using McpWorkers.Engine.Workers.Runs;
using Xunit;

namespace McpWorkers.Tests.Workers;

/// <summary>The slots beside a list of who holds one and a list of who waits, worked off by the words of the manual; both must agree after each step.</summary>
internal sealed class RunSlotsModel
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly RunSlots _slots;
    private readonly int _limit;
    private readonly int _reserved;
    private readonly List<Holder> _holders = [];
    private readonly List<Waiter> _waiting = [];
    private bool _queueWaits;
    private bool _told;
    private string _did = "";

    public RunSlotsModel(int limit, int reserved)
    {
        _slots = new(limit, reserved) { Free = () => _told = true };
        (_limit, _reserved) = (limit, Math.Min(reserved, limit - 1));
    }

    private int OfQueue => _holders.Count(holder => holder.IsTask);

    public async Task StepAsync(Random random)
    {
        _told = false;
        bool mustTell = false;
        switch (random.Next(10))
        {
            case 0 or 1 or 2:
                _did = "a direct prompt comes";
                var cancel = new CancellationTokenSource();
                _waiting.Add(new(_slots.TakeAsync(cancel.Token), cancel));
                break;
            case 3 or 4:
                _did = "the queue asks";
                Ask();
                break;
            case 5:
                _queueWaits = random.Next(2) == 0;
                _did = $"the queue says that it waits: {_queueWaits}";
                _slots.Want(_queueWaits);
                break;
            case 6 when _waiting.Count > 0:
                _did = "one who waits leaves";
                var leaving = _waiting[random.Next(_waiting.Count)];
                _waiting.Remove(leaving);
                await leaving.Cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving.Slot.WaitAsync(Patience));
                break;
            case 7 when random.Next(5) == 0:
                _did = "a run is adopted";
                _holders.Add(new(_slots.TakeNow(), IsTask: false));
                break;
            default:
                if (_holders.Count > 0)
                {
                    _did = "a slot is given back";
                    var back = _holders[random.Next(_holders.Count)];
                    _holders.Remove(back);
                    back.Slot.Dispose();
                    mustTell = true;
                }

                break;
        }

        await CallUpAsync();
        Assert.True((mustTell && _queueWaits && _holders.Count < _limit) == _told, $"{_did}: told is {_told}. {State}");
        Assert.True((_holders.Count, _waiting.Count) == (_slots.Taken, _slots.Waiting), $"{_did}: there are {_slots.Taken} taken and {_slots.Waiting} waiting. {State}");
        Assert.All(_waiting, waiter => Assert.False(waiter.Slot.IsCompleted, $"{_did}: one who waits has a slot. {State}"));
    }

    private string State => $"Limit {_limit}, reserved {_reserved}, {_holders.Count} held, {OfQueue} of tasks, {_waiting.Count} wait, the queue waits: {_queueWaits}.";

    private void Ask()
    {
        bool may = _holders.Count < _limit && (_waiting.Count == 0 || OfQueue < _reserved);
        var slot = _slots.TryTakeForQueue();
        Assert.True(may == slot is not null, $"{_did}: it may is {may}. {State}");
        if (slot is not null)
        {
            _holders.Add(new(slot, IsTask: true));
        }
    }

    /// <summary>In order of arrival; one slot stays free for the queue where it waits and has not what is reserved for it.</summary>
    private async Task CallUpAsync()
    {
        while (_waiting.Count > 0 && _holders.Count + (_queueWaits && OfQueue < _reserved ? 1 : 0) < _limit)
        {
            var first = _waiting[0];
            _waiting.RemoveAt(0);
            _holders.Add(new(await first.Slot.WaitAsync(Patience), IsTask: false));
            first.Cancel.Dispose();
        }
    }

    private sealed record Holder(RunSlots.Slot Slot, bool IsTask);

    private sealed record Waiter(Task<RunSlots.Slot> Slot, CancellationTokenSource Cancel);
}
