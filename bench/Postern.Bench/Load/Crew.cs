namespace Postern.Bench.Load;

/// <summary>A few threads that share a piece of work; the first failure of any ends the work and is thrown.</summary>
internal static class Crew
{
    /// <summary>Calls <paramref name="work"/> as (member, how many units fall to it) on each thread.</summary>
    internal static void Share(int threads, int units, Action<int, int> work)
    {
        Exception? failure = null;
        var crew = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            var member = i;
            var share = (units / threads) + (i < units % threads ? 1 : 0);
            crew[i] = new Thread(() =>
            {
                try
                {
                    work(member, share);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, e, null);
                }
            });
            crew[i].Start();
        }

        foreach (var thread in crew)
            thread.Join();
        if (failure is not null)
            throw new IOException(failure.Message, failure);
    }
}
