using System.Net;
using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Interop.LibUnbound;
using Postern.Resolver;
using Postern.Resolver.Dns;
using Postern.Resolver.Policies;
using Postern.Resolver.Reports;
using Postern.Policy.Dns;
using Postern.Policy.Memory;
using Postern.Roles.Ipc;
using Postern.Roles.Recorder;
using Postern.Roles.Resolver.Desk;
using Postern.Roles.Resolver.Reports;
using Postern.Roles.Sandbox;

namespace Postern.Roles.Resolver;

/// <summary>
/// The resolver: asks the DNS and policy hosts where mail and streams to the world go and what each host must show, and what backends that
/// DANE proves must.
/// <para>Purpose: that no process which reads a client's bytes reads the DNS, or has a network.</para>
/// <para>Trust: the supervisor; nothing that a worker says, nothing of the DNS that is not validated.</para>
/// <para>Privilege: an ordinary user; sockets, and the file of the root's keys in a directory of its own (RoleCalls.Resolver).</para>
/// <para>Failure: mail and streams to the world, and clients of such backends, wait until the supervisor has started another; connections that stand are not touched.</para>
/// </summary>
public static class ResolverRole
{
    public const string Name = "resolver";

    /// <summary>Below the state directory: what the resolver writes, and nobody else.</summary>
    public const string OwnDirectory = "anchors";

    private const string RootKeys = "root.key";

    /// <summary>With lists of 100 000 domains.</summary>
    private const int MaxSnapshot = 64 * 1024 * 1024;

    public static int Run(Launched launched)
    {
        var channel = new Channel(Channel.InheritedFd);
        if (RoleStart.ReceiveSetup(channel, MaxSnapshot, "what the resolver needs") is not { } bytes)
            return 1;

        ResolverSnapshot snapshot = ResolverSnapshot.Read(bytes);
        if (DeskSettings.Read(snapshot, out string problem) is not { } settings)
            return RoleStart.Fail(channel, problem);
        if (PolicyHost.Create(snapshot.AuthoritiesPem, out problem) is not { } policies)
            return RoleStart.Fail(channel, "the system's authorities: " + problem);
        if (snapshot.TrustedResolver is null && !UnboundLibrary.TryLoad(out problem))
            return RoleStart.Fail(channel, problem);

        string? directory = snapshot is { TrustedResolver: null, Anchor: null, State: { } state } ? Path.Combine(state, OwnDirectory) : null;
        IDnsSource? dns = null;
        string wrong = "", notice = "";
        if (RoleSandbox.Enter(RoleList.Resolver, launched, out string open, () => dns = Source(snapshot, KeyFile(directory, out notice), out wrong), directory) is { } refusal)
            return RoleStart.Fail(channel, refusal);
        if (dns is null)
            return RoleStart.Fail(channel, wrong);
        if (!RoleStart.Ready(channel, $"{open}\n{notice}"))
            return 1;

        var surveyor = new Surveyor(dns, policies, policies.Takes);
        var recorder = snapshot is { State: not null, SendsMail: true } ? new RecorderLink(-1) : null;

        // Where no mail goes out, no worker asks where it goes: one that does would have names of its choice looked up.
        RouteDesk? desk = snapshot.SendsMail ? new RouteDesk(settings, surveyor, (IDomainStore?)recorder ?? new MemoryStore(), TimeProvider.System, Alarm) : null;
        SurveyCrew? crew = desk is null ? null : new SurveyCrew(desk.Survey);
        BackendDesk? backends = snapshot.Backends.IsEmpty ? null : new BackendDesk(snapshot.Backends, new BackendSurveyor(dns, policies.Takes), TimeProvider.System, Alarm);
        ServiceDesk? services = snapshot.FindsServices ? new ServiceDesk(settings, new ServiceSurveyor(dns, policies.Takes), TimeProvider.System, Alarm) : null;
        new CanaryWatch(dns, Alarm).Start();
        var reports = new ReportLink();
        ReportClerk? clerk = snapshot.Reports is { } sends ? new ReportClerk(NewRound(sends).Run) : null;
        int seats = 0;
        return ClientThreads.Serve(channel, fd => new WorkerSeat(desk, crew, fd, Interlocked.Increment(ref seats), Refused, backends, services).Serve(), other: Ordered);

        void Alarm(string text) => channel.Send(new Message(MessageKind.Alarm) { Text = text });
        bool Ordered(Message message, int[] descriptors)
        {
            switch (message.Kind)
            {
                case MessageKind.Recorder when descriptors.Length == 2 && recorder is not null:
                    recorder.Replace(descriptors[0]);
                    reports.Replace(descriptors[1]);
                    clerk?.Wake();
                    return true;

                case MessageKind.Accept:
                    clerk?.Start();
                    return true;

                case MessageKind.Drain:
                    clerk?.Stop();
                    return true;

                // First what is decided, then what it was decided by: a decision in between starts from nothing.
                case MessageKind.Forget when DnsName.Read(message.Text) is { } domain:
                    _ = recorder?.Forget(domain);
                    desk?.Forget(domain);
                    services?.Forget(domain);
                    return true;

                default:
                    return false;
            }
        }

        ReportRound NewRound(ReportSnapshot sends) => new(sends, snapshot.AllowsPrivate)
        {
            Store = reports,
            Dns = dns,
            Carrier = new ReportCarrier(policies, IPEndPoint.Parse(sends.Relay), sends.HostName),
            Clock = TimeProvider.System,
            Note = text => channel.Send(new Message(MessageKind.Note) { Text = text }),
            Bell = new AlarmBell(Alarm, TimeProvider.System),
        };

        void Refused() => channel.Send(new Message(MessageKind.Refused));
    }

    /// <summary>Where the root's keys are kept; null where they are not.</summary>
    private static string? KeyFile(string? directory, out string notice)
    {
        notice = "";
        if (directory is null || Directory.Exists(directory))
            return directory is null ? null : Path.Combine(directory, RootKeys);
        notice = $"{directory} is not there: the keys of the DNS's root are those that Postern has built in, and are not kept current";
        return null;
    }

    /// <summary>By the role's user, which the file of the keys then belongs to. Null, and why.</summary>
    private static IDnsSource? Source(ResolverSnapshot snapshot, string? keyFile, out string problem)
    {
        problem = "";
        if (snapshot.TrustedResolver is { } trusted)
        {
            if (IPEndPoint.TryParse(trusted, out IPEndPoint? address) && LoopbackSource.At(address) is { } source)
                return source;
            problem = $"{trusted} is no address of a resolver of this machine";
            return null;
        }

        IPEndPoint? forwarder = null;
        if (snapshot.Forwarder is { } text && !IPEndPoint.TryParse(text, out forwarder))
        {
            problem = $"{text} is no address of a resolver";
            return null;
        }

        var context = UnboundContext.Create(UnboundSettings.By(forwarder) with { AnchorText = snapshot.Anchor, RootKeyFile = keyFile }, out problem);
        return context is null ? null : UnboundQueue.Start(context, out problem);
    }
}
