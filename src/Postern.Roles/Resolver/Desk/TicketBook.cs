using Postern.Interop.LibSsl;
using Postern.Policy.Dns;

namespace Postern.Roles.Resolver.Desk;

/// <summary>Which answers were given to whom, so that what is told of a host finds its verdict. It is bounded: the oldest make room.</summary>
/// <param name="most">How many answers.</param>
public sealed class TicketBook(int most)
{
    /// <summary>A worker has no more to tell of one answer than of each address of each host.</summary>
    public const int MaxTells = 512;

    private readonly Lock _lock = new();
    private readonly Slip[] _slips = new Slip[most];

    /// <summary>From anywhere: tickets of a resolver that died are no tickets of its successor.</summary>
    private ulong _last = RandomNumber.Draw();

    private struct Slip
    {
        public ulong Ticket;
        public int Asker;
        public int Tells;
        public DnsName? Domain;
        public Course? Course;
    }

    /// <param name="domain">That was asked for.</param>
    /// <param name="course">What was answered.</param>
    /// <param name="asker">Who asked.</param>
    public ulong Give(DnsName domain, Course course, int asker)
    {
        lock (_lock)
        {
            ulong ticket = ++_last;
            _slips[ticket % (ulong)_slips.Length] = new Slip { Ticket = ticket, Asker = asker, Domain = domain, Course = course };
            return ticket;
        }
    }

    /// <summary>Null: it was given to somebody else, or never, or so long ago that it is forgotten, or too much was told of it.</summary>
    public Course? Find(ulong ticket, int asker, out DnsName? domain)
    {
        domain = null;
        lock (_lock)
        {
            ref Slip slip = ref _slips[ticket % (ulong)_slips.Length];
            if (slip.Course is null || slip.Ticket != ticket || slip.Asker != asker || slip.Tells == MaxTells)
                return null;
            slip.Tells++;
            domain = slip.Domain;
            return slip.Course;
        }
    }
}
