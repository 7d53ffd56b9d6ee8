using Postern.Engine.Outbound;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Resolver.Wire;

namespace Postern.Roles.Resolver;

/// <summary>
/// One worker: a thread reads what it says, another sends it its answers, so that nobody but these two waits for a worker that does
/// not read.
/// </summary>
internal sealed class WorkerSeat
{
    /// <summary>Questions of one worker and of one kind that have no answer yet. Further ones stay in its socket, and then with it.</summary>
    public const int MaxOpen = 1024;

    private const int WriterStack = 256 * 1024;

    private readonly RouteDesk? _desk;
    private readonly SurveyCrew? _crew;
    private readonly Action _refused;
    private readonly int _fd;
    private readonly int _number;
    private readonly Lock _lock = new();

    /// <summary>For mail, for backends and for services: open questions of the one take no place from the others.</summary>
    private readonly SemaphoreSlim _freeForMail = new(MaxOpen);
    private readonly SemaphoreSlim _freeForBackends = new(MaxOpen);
    private readonly SemaphoreSlim _freeForServices = new(MaxOpen);
    private readonly SemaphoreSlim _toSend = new(0);
    private readonly BackendDesk? _backends;
    private readonly ServiceDesk? _services;
    private readonly Queue<(Letter Letter, SemaphoreSlim Free)> _outbox = new();
    private bool _isGone;

    /// <summary>Writes an answer as a message: its length.</summary>
    private delegate int Letter(Span<byte> message);

    /// <param name="desk">Answers for domains; null where no mail goes out.</param>
    /// <param name="crew">Surveys them; null without a desk.</param>
    /// <param name="fd">The way to the worker, which is closed at the end.</param>
    /// <param name="number">This seat's: another seat's answers are none of its business.</param>
    /// <param name="refused">Is told of each message that no worker of ours sends.</param>
    /// <param name="backends">Answers for backends; null where DANE proves none.</param>
    /// <param name="services">Answers for XMPP servers; null where no stream goes out.</param>
    public WorkerSeat(RouteDesk? desk, SurveyCrew? crew, int fd, int number, Action refused, BackendDesk? backends = null, ServiceDesk? services = null)
    {
        _backends = backends;
        _services = services;
        _desk = desk;
        _crew = crew;
        _fd = fd;
        _number = number;
        _refused = refused;
    }

    /// <summary>Until the worker is gone.</summary>
    public void Serve()
    {
        var writer = new Thread(Send, WriterStack) { IsBackground = true, Name = "answers" };
        writer.Start();

        // One byte more than a message has: a longer one is cut there, and so recognised.
        Span<byte> message = stackalloc byte[ResolverRequest.MaxSize + 1];
        while (true)
        {
            int length = StreamSocket.Receive(_fd, message);
            if (length == -Errno.Interrupted)
                continue;
            if (length <= 0 || Volatile.Read(ref _isGone))
                break;
            Take(message[..length]);
        }

        Volatile.Write(ref _isGone, true);
        _ = _toSend.Release();
        writer.Join();
        Descriptor.Close(_fd);
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        switch (ResolverRequest.KindOf(message))
        {
            // What it tells of an answer that is forgotten is no sign of anything.
            case RequestKind.Tell when _desk is not null && ResolverRequest.ReadTell(message) is { } result:
                _ = _desk.Tell(result, _number);
                break;

            case RequestKind.Question:
                RouteQuestion? question = ResolverRequest.ReadQuestion(message, out uint number);
                _freeForMail.Wait();
                if (question is null || _desk is null)
                    Refuse(number, _freeForMail);
                else
                    Ask(_desk, number, question);
                break;

            case RequestKind.Backend:
                BackendQuestion? backend = ResolverRequest.ReadBackend(message, out number);
                _freeForBackends.Wait();
                if (backend is null || _backends is null || !_backends.Ask(backend.Value, answer => Put(room => BackendAnswer.Write(number, answer, room), _freeForBackends)))
                    Refuse(number, _freeForBackends);
                break;

            case RequestKind.Service:
                string? service = ResolverRequest.ReadService(message, out number);
                _freeForServices.Wait();
                if (service is null || _services is null)
                    Refuse(number, _freeForServices);
                else
                    _services.Ask(service, answer => Put(room => ServiceReply.Write(number, answer, room), _freeForServices));
                break;

            default:
                _refused();
                break;
        }
    }

    private void Ask(RouteDesk desk, uint number, RouteQuestion question)
    {
        if (desk.Recall(question, _number, out DnsName? domain) is { } known)
        {
            Put(number, known);
            return;
        }

        // RFC 3463 §3.4: X.3.2, the system takes no messages now.
        if (!_crew!.Ask(domain!, finding => Put(number, desk.Answer(finding, question, _number))))
            Put(number, new RouteAnswer(0, [], new SmtpRefusal(451, "4.3.2", "too many domains are being looked up; try again")));
    }

    private void Refuse(uint number, SemaphoreSlim free)
    {
        _refused();
        Put(room => ResolverAnswer.WriteRefused(number, room), free);
    }

    private void Put(uint number, RouteAnswer answer) => Put(room => ResolverAnswer.Write(number, answer, room), _freeForMail);

    private void Put(Letter letter, SemaphoreSlim free)
    {
        if (Volatile.Read(ref _isGone))
            return;
        lock (_lock)
            _outbox.Enqueue((letter, free));
        _ = _toSend.Release();
    }

    private void Send()
    {
        byte[] message = new byte[ResolverAnswer.MaxSize];
        while (true)
        {
            _toSend.Wait();
            if (Volatile.Read(ref _isGone))
                return;

            Letter letter;
            SemaphoreSlim free;
            lock (_lock)
                (letter, free) = _outbox.Dequeue();
            int length = letter(message);
            int sent;
            do
            {
                sent = StreamSocket.Send(_fd, message.AsSpan(0, length));
            }
            while (sent == -Errno.Interrupted);
            if (sent < 0)
            {
                // Whoever waits for room in order to read on need not.
                Volatile.Write(ref _isGone, true);
                _ = _freeForMail.Release(MaxOpen);
                _ = _freeForBackends.Release(MaxOpen);
                _ = _freeForServices.Release(MaxOpen);
                return;
            }

            _ = free.Release();
        }
    }
}
