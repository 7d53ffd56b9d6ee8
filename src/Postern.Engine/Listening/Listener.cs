using Postern.Engine.Gates;
using Postern.Engine.Loop;
using Postern.Interop.LibC;

namespace Postern.Engine.Listening;

/// <summary>
/// A listening socket, shared with the other workers. When descriptors run out it says no with the one that it keeps
/// for that, and then looks away for a moment: it never spins and never dies of it (S11).
/// </summary>
public sealed class Listener : PollTarget
{
    /// <summary>Connections taken in one turn, so that a flood of new ones does not starve the old.</summary>
    private const int BatchSize = 32;

    /// <summary>After an error that will not be gone in the next microsecond.</summary>
    private const int PauseMilliseconds = 200;

    private readonly EngineThread _thread;
    private readonly IReception _reception;
    private readonly Gate _gate;
    private int _fd;
    private int _spare = Descriptor.Event();

    public Listener(EngineThread thread, Gate gate, int fd)
        : this(thread, thread, gate, fd)
    {
    }

    /// <param name="thread">Whose loop, log and scoreboard it uses.</param>
    /// <param name="reception">Who takes what is accepted.</param>
    /// <param name="gate">Whose listener this is.</param>
    /// <param name="fd">The listening socket, this object's from here on.</param>
    public Listener(EngineThread thread, IReception reception, Gate gate, int fd)
    {
        ArgumentNullException.ThrowIfNull(thread);
        _thread = thread;
        _reception = reception;
        _gate = gate;
        _fd = fd;
        thread.Reactor.Add(this);
    }

    /// <summary>Takes connections from now on.</summary>
    public void Open() => Watch();

    /// <summary>Takes no more; the other workers (of the next generation, say) go on with the same socket.</summary>
    public void Close()
    {
        if (_fd < 0)
            return;

        _thread.Reactor.Forget(_fd);
        Descriptor.Close(_fd);
        Descriptor.Close(_spare);
        _fd = _spare = -1;
        _thread.Reactor.Remove(this);
    }

    protected internal override void OnEvents(int which, PollEvents events)
    {
        if (AcceptBatch())
            StandBehindTheOthers();
    }

    /// <summary>
    /// True when somebody came and the listener was not paused. The kernel tells a busy worker too, besides the one that
    /// it wakes, and the busy one finds that nobody is left.
    /// </summary>
    private bool AcceptBatch()
    {
        bool any = false;
        for (int i = 0; i < BatchSize; i++)
        {
            int fd = StreamSocket.Accept(_fd, out Endpoint client);
            if (fd >= 0)
            {
                any = true;
                _reception.Take(_gate, fd, client);
                continue;
            }

            switch (-fd)
            {
                case Errno.Again:
                    return any;

                // The client gave up while it waited, or a signal came: the next, please.
                case Errno.ConnectionAborted or Errno.Interrupted:
                    continue;

                case Errno.TooManyFiles or Errno.TooManyFilesInSystem:
                    TurnAway();
                    Pause();
                    return false;

                default:
                    _thread.Log.Say(4, "problem", $"gate {_gate.Name}: accept: {Errno.Describe(fd)}");
                    Pause();
                    return false;
            }
        }

        return any;
    }

    /// <summary>
    /// The kernel wakes the first of those that wait for a listener, always the same one while it is idle, and a worker
    /// would gather all the quiet IMAP connections of a morning. Who has accepted goes to the end of the queue.
    /// </summary>
    private void StandBehindTheOthers()
    {
        if (!_thread.HasSiblings)
            return;

        _thread.Reactor.Forget(_fd);
        Watch();
    }

    protected internal override void OnDeadline() => Watch();

    private void Watch() =>
        _ = _thread.Reactor.Watch(_fd, this, 0, PollEvents.In | PollEvents.Exclusive);

    private void Pause()
    {
        _thread.Reactor.Forget(_fd);
        _thread.Reactor.SetDeadline(this, PauseMilliseconds);
    }

    /// <summary>
    /// Admission keeps well below the limit of descriptors, so this is for a limit that somebody else of the system
    /// has reached. Clients in the queue would else hang until their own time-out: they are told to come again.
    /// </summary>
    private void TurnAway()
    {
        for (int i = 0; i < BatchSize && _spare >= 0; i++)
        {
            Descriptor.Close(_spare);
            int fd = StreamSocket.Accept(_fd, out _);
            if (fd >= 0)
            {
                Farewell.Say(_thread, _gate, fd);
                Descriptor.Close(fd);
            }

            _spare = Descriptor.Event();
            if (fd < 0)
                return;
        }
    }
}
