using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Postern.Configuration.Discovery;
using Postern.Configuration.Listening;
using Postern.Configuration.Loading;
using Postern.Configuration.Settings;

namespace Postern.Configuration;

/// <summary>
/// Tries whether each address of the gates could be listened on now, for <c>postern check</c>. What a running
/// posternd holds is left alone: it will hand it on.
/// </summary>
public static class ListenCheck
{
    private const string OurName = "posternd";

    public static ImmutableArray<ConfigurationProblem> Run(PosternSettings settings)
    {
        SourceMap source = settings.Source;
        var problems = new ProblemList(source.File);

        // A name that cannot be resolved is an error of the snapshot's, and not said twice.
        var names = new HostNames(source, new ProblemList(source.File), MachineResolver.Instance);
        foreach (GateSettings gate in settings.Gates)
        {
            string key = gate.Key + ".listen";
            foreach ((int index, EndpointAddress listen) in gate.Listen.Index())
            {
                Position at = source.Find($"{key}[#{index + 1}]");
                foreach (EndpointAddress address in names.ToListen(gate with { Listen = [listen] }))
                {
                    if (address.Path is not null)
                        TrySocketFile(address, at, key, problems);
                    else
                        TryPort(address, at, key, problems);
                }
            }
        }

        return problems.InOrder();
    }

    private static void TryPort(EndpointAddress address, Position at, string key, ProblemList problems)
    {
        IPAddress ip = IPAddress.Parse(address.Host!);
        using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (ip.AddressFamily == AddressFamily.InterNetworkV6)
            socket.DualMode = true;

        try
        {
            // Bound, never listening: nobody can connect to a check.
            socket.Bind(new IPEndPoint(ip, address.Port));
        }
        catch (SocketException failure)
        {
            switch (failure.SocketErrorCode)
            {
                case SocketError.AddressAlreadyInUse:
                    SayInUse(address, PortHolder.Find(ip, address.Port), at, key, problems);
                    break;

                // A port below 1024 and a check without root: the kernel's table still knows who listens.
                case SocketError.AccessDenied:
                    if (PortHolder.Find(ip, address.Port) is { } holder)
                        SayInUse(address, holder, at, key, problems);
                    break;

                case SocketError.AddressNotAvailable:
                    problems.Error(at, key, $"{ip} is not an address of this machine");
                    break;

                default:
                    problems.Error(at, key, $"{address} cannot be listened on: {failure.Message}");
                    break;
            }
        }
    }

    private static void TrySocketFile(EndpointAddress address, Position at, string key, ProblemList problems)
    {
        string path = address.Path!;
        string? folder = Path.GetDirectoryName(path);
        if (!Directory.Exists(folder))
        {
            problems.Error(at, key, $"the directory {Quoted.Escape(folder ?? "/")} does not exist");
            return;
        }

        if (Directory.Exists(path))
        {
            problems.Error(at, key, $"{Quoted.Escape(path)} is a directory");
            return;
        }

        if (!File.Exists(path))
            return;

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            SayInUse(address, PortHolder.Find(path), at, key, problems);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A socket that nobody listens on is left over and will be replaced. It has no content; what has is no socket.
            if (new FileInfo(path).Length > 0)
                problems.Error(at, key, $"{Quoted.Escape(path)} is a file, not a socket: move it away");
        }
        catch (SocketException failure)
        {
            problems.Warning(at, key, $"{Quoted.Escape(path)} exists and cannot be tried: {failure.Message}");
        }
    }

    private static void SayInUse(EndpointAddress address, PortHolder? holder, Position at, string key, ProblemList problems)
    {
        switch (holder)
        {
            case { Program: OurName }:
                return;
            case { Program.Length: > 0 }:
                problems.Error(at, key, $"{address} is in use by {Quoted.Escape(holder.Program)} (process {holder.ProcessId}): {holder.Advice}");
                return;
            default:
                problems.Warning(at, key, $"{address} is in use by a program that cannot be seen from here: run this as root to see which, unless it is {OurName} itself");
                return;
        }
    }
}
